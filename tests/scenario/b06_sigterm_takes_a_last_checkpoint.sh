# SIGTERM in the middle: what was read is committed, exit 0; the next start goes on from there.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 300000
topic create "$out"
paced_ip_count_conf 100000
start job.conf --set pipeline.checkpoint.interval=15s
sleep_ms 2000
stop_cleanly
[ "$(topic records "$out")" -gt 0 ] || fail "nothing was committed at SIGTERM"
run_to_end job.conf
judge
