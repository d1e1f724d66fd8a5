# 10,000,000 lines over 1,000 addresses, a checkpoint every second, ten SIGKILLs: every cell is right.
# long
# limit: 600
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 10000000 --addresses 1000
topic create "$out"
ip_count_conf
for _ in $(seq 10); do
	start job.conf --set pipeline.checkpoint.interval=1s
	sleep_ms "$(random_between 400 1600)"
	! is_gone "$weir" || fail "finished before it was killed ten times"
	kill_supervisor
done
run_to_end job.conf --set pipeline.checkpoint.interval=1s
judge
