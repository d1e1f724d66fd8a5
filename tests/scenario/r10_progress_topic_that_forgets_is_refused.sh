# A progress topic with cleanup.policy=delete loses its markers some day: exit 3 before anything is written, with
# the command that corrects it.
. "$(dirname "$0")/../lib/scenario.sh"

kafka-configs.sh()
{
	java -cp "${XDG_CACHE_HOME:-$HOME/.cache}/weir/kafka-4.1.0/*" kafka.admin.ConfigCommand "$@"
}

topic create "$in"
topic create "$out"
topic create "weir-$pipeline-progress" --config cleanup.policy=delete
copy_conf
seq 100 | topic write "$in"
expect_refusal
[ "$(topic records "weir-$pipeline-progress")" = 0 ] || fail "a refused start has written something"
command=$(sed -n 's/.*\(kafka-configs.sh .*cleanup.policy=compact\).*/\1/p' "$log")
eval "$command"
goes_on_with 100
