# rule_fenced_by_newcomer_ends and rule_rollback_looks_for_newcomer off: a fenced zombie comes back, and only its store,
# which is older than the marker by now, stops it (z01 and z03 have them on).
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 300000
topic create "$out"
paced_ip_count_conf 60000
WEIR_FAIL=kafka_sink_before_commit:3:stop,$(off rule_fenced_by_newcomer_ends rule_rollback_looks_for_newcomer) \
	start job.conf
zombie=$weir
stopped=$(child)
until_true 20 is_stopped "$stopped" || fail "the pipeline process did not stop before its commit"
kill -STOP "$zombie"
cp -r checkpoints copy
start job.conf --set "pipeline.checkpoint.directory=$dir/copy"
second=$weir
sleep_ms 2500
kill -CONT "$stopped" "$zombie"
weir=$zombie
expect_exit 3
weir=$second
expect_exit 0
judge
