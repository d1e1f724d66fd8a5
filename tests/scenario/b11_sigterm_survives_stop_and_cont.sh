# Stopped and continued in the middle of an orderly stop: it is still an orderly one, exit 0.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000
topic create "$out"
paced_ip_count_conf 50000
# The first checkpoint is the one that every first start makes; the second is the last one.
WEIR_FAIL=checkpoint_after_pending:2:delay=1500 start job.conf --set pipeline.checkpoint.interval=15s
process=$(child)
wait_for_text running
sleep_ms 500
kill -TERM "$weir"
sleep_ms 500
kill -STOP "$process"
sleep_ms 100
kill -CONT "$process"
expect_exit 0
run_to_end job.conf
judge
