# Twenty SIGKILLs at random moments, of the supervisor and of the pipeline process in turn.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 2 --lines 1500000 --addresses 1000
topic create "$out" --partitions 2
paced_ip_count_conf 70000
for kills in $(seq 1 2 19); do
	start job.conf
	sleep_ms "$(random_between 100 1500)"
	kill_child
	sleep_ms "$(random_between 300 1500)"
	! is_gone "$weir" || fail "finished after $kills kills"
	kill_supervisor
done
run_to_end job.conf
expect_restored_checkpoints
judge
