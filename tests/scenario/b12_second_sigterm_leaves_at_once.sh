# The last checkpoint hangs, a second SIGTERM does not wait for it: the next start is exact all the same.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000
topic create "$out"
paced_ip_count_conf 50000
WEIR_FAIL=checkpoint_after_pending:2:delay=20000 start job.conf --set pipeline.checkpoint.interval=15s
wait_for_text running
sleep_ms 500
kill -TERM "$weir"
sleep_ms 300
kill -TERM "$weir"
expect_exit 1 5
run_to_end job.conf
judge
