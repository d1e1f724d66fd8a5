# 10,000,000 lines over 1,000,000 addresses in 4 partitions, killed ten times at parallelism 4, to the end at 2.
# long
# limit: 600
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 4 --lines 10000000 --addresses 1000000 --lines-per-second 100000
topic create "$out" --partitions 4
ip_count_conf
for _ in $(seq 10); do
	start job.conf --set pipeline.checkpoint.interval=1s --set pipeline.parallelism=4
	sleep_ms "$(random_between 1000 2800)"
	! is_gone "$weir" || fail "finished before it was killed ten times"
	kill_supervisor
done
run_to_end job.conf --set pipeline.checkpoint.interval=1s --set pipeline.parallelism=2
expect_restored_checkpoints
judge
