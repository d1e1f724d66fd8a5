# SIGKILL for the broker in the middle of a run, seconds later it is back: weir waits, goes on, and uses up no restart attempt.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"

own_broker
access_log --create --lines 400000
topic create "$out"
paced_ip_count_conf 50000
start job.conf --set pipeline.restart.attempts=0
wait_for_lines "$out" 1
for _ in $(seq "$(long 1 3)"); do
	sleep_ms "$(random_between 0 500)"
	own kill
	sleep 5
	own start >/dev/null
	sleep 2
done
expect_exit 0 90
judge
