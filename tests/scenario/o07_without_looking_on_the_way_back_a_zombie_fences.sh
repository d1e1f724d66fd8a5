# rule_rollback_looks_for_newcomer off: a zombie that goes back to its checkpoint fences who has taken over (z05 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 300000
topic create "$out"
paced_ip_count_conf 60000
WEIR_FAIL=checkpoint_before_pending:3:error,pipeline_rolling_back:1:stop,$(off rule_rollback_looks_for_newcomer) \
	start job.conf
zombie=$weir
stopped=$(child)
until_true 20 is_stopped "$stopped" || fail "the pipeline process did not stop on its way back"
kill -STOP "$zombie"
cp -r checkpoints copy
WEIR_FAIL=kafka_sink_before_commit:1:stop start job.conf --set "pipeline.checkpoint.directory=$dir/copy"
second=$weir second_stopped=$(child)
until_true 20 is_stopped "$second_stopped" || fail "the second did not come to its first commit"
kill -CONT "$stopped" "$zombie"
weir=$zombie
expect_exit 0
kill -CONT "$second_stopped"
weir=$second
expect_exit 4
