# systemd, timeout(1) and shells signal every process of a group: two SIGTERMs, to the supervisor and to the pipeline process, are still one wish for an orderly stop.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 200000
topic create "$out"
paced_ip_count_conf 50000
WEIR_FAIL=checkpoint_after_pending:2:delay=1500 start job.conf --set pipeline.checkpoint.interval=15s
process=$(child)
wait_for_text running
sleep_ms 500
kill -TERM "$weir" "$process"
sleep_ms 20
kill -TERM "$weir" "$process"
expect_exit 0
expect_text "$log" finished
run_to_end job.conf
judge
