# The pipeline process is killed: the supervisor starts it again after the delay, and the run goes on to its end.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 200000
topic create "$out"
paced_ip_count_conf 100000
start job.conf --set pipeline.restart.delay=1s
sleep_ms 1000
kill_child
sleep_ms 500
[ -z "$(children_of "$weir")" ] || fail "restarted before the delay of 1 s"
child >/dev/null
expect_exit 0
expect_text "$log" "killed by signal 9"
judge
