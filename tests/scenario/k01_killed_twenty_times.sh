# Twenty SIGKILLs (a hundred in the long form) at random moments, of the supervisor and of the pipeline process in turn.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 2 --lines "$(long 1500000 7500000)" --addresses 1000
topic create "$out" --partitions 2
paced_ip_count_conf 70000
for kills in $(seq 1 2 "$(long 19 99)"); do
	start job.conf
	sleep_ms "$(random_between 100 1500)"
	kill_child
	sleep_ms "$(random_between 300 1500)"
	! is_gone "$weir" || fail "finished after $kills kills"
	kill_supervisor
done
run_limit=150 run_to_end job.conf
expect_restored_checkpoints
judge
