# STOP in the very moment before the commit, a second one takes over on a copy, CONT: the old commit comes to nothing, exit 4.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 400000
topic create "$out"
paced_ip_count_conf 100000
WEIR_FAIL=kafka_sink_before_commit:4:stop start job.conf
zombie=$weir zombie_log=$log
stopped=$(child)
until_true 20 is_stopped "$stopped" || fail "the pipeline process did not stop before its commit"
kill -STOP "$zombie"
cp -r checkpoints copy
start job.conf --set "pipeline.checkpoint.directory=$dir/copy"
second=$weir second_log=$log
wait_for_text running
sleep_ms 500
kill -CONT "$stopped"
kill -CONT "$zombie"
tally "zombie wake-up"
weir=$zombie log=$zombie_log
expect_exit 4
weir=$second log=$second_log
expect_exit 0
judge
