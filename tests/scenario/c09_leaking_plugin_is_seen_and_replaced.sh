# A plugin that takes memory until there is none (a limit of 1.5 GiB here): it shows in the progress, the process dies of it, and the next one has every record once.
. "$(dirname "$0")/../lib/scenario.sh"

[[ ${ASAN_OPTIONS:-} != *:* ]] || exit 0
numbers_job 'records = 60000; per_second = 20000;' "trigger = \"30000\"; action = \"leak\"; once = \"$dir/once\";"
(
	ulimit -v 1500000
	"$weir_program" run job.conf >weir.1.log 2>&1
) || fail "weir ended with status $?"
[ -e once ] || fail "the plugin did not leak"
log=$dir/weir.1.log
expect_text "$log" "restart 1 of 3"
expect_numbers 60000
echo "saw: $(grep -o 'the pipeline process ended: [^;]*' "$log"), at the end $(grep -o '[0-9]* MiB' "$log" | tail -n 1)"
