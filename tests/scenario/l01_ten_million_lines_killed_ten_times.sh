# 10,000,000 lines over 1,000 addresses, a checkpoint every second, ten SIGKILLs: every cell is right.
# long
# limit: 600
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 10000000 --addresses 1000
topic create "$out"
ip_count_conf
for kill in $(seq 10); do
	start job.conf --set pipeline.checkpoint.interval=1s
	# Two seconds get through half of the lines: only every third one lives to its first checkpoint.
	[ $((kill % 3)) = 0 ] && sleep_ms "$(random_between 1300 1700)" || sleep_ms "$(random_between 200 1100)"
	! is_gone "$weir" || fail "finished before it was killed ten times"
	kill_supervisor
done
run_to_end job.conf --set pipeline.checkpoint.interval=1s
expect_restored_checkpoints
judge
