# A plugin that overwrites memory, frees twice, divides by zero, overflows its stack, closes others' descriptors or crashes in a thread of its own: its pipeline process is replaced and every record there once; a second pipeline does not notice.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"

ulimit -c 0
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0:handle_sigfpe=0:detect_leaks=0
mkdir other
numbers_job 'records = 1000000; per_second = 5000;'
sed "s,$dir/,$dir/other/,; s,$pipeline,$pipeline-other," job.conf >other.conf
start other.conf
other=$weir other_log=$log
deaths=
for action in divide overflow free scribble thread counters descriptors; do
	forget_job
	numbers_job 'records = 60000; per_second = 60000;' "trigger = \"30000\"; action = \"$action\"; once = \"$dir/once\";"
	run_to_end job.conf --set pipeline.watchdog=5s
	[ -e once ] || fail "the plugin did not do it: $action"
	expect_numbers 60000
	deaths="$deaths, $action: $(sed -n 's/.*the pipeline process ended: \([^;(]*\).*/\1/p; s/.*going back.*/went back/p' "$log" | head -n 1)"
	[ $action = descriptors ] || expect_text "$log" "restart 1 of 3"
done
echo "saw: ${deaths#, }"
weir=$other
stop_cleanly
expect_text "$other_log" finished
! grep -q restart "$other_log" || fail "the other pipeline was restarted"
