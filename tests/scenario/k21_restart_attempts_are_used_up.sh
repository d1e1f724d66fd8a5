# Two attempts, three deaths: exit 1.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 400000
topic create "$out"
paced_ip_count_conf 100000
start job.conf --set pipeline.restart.attempts=2
for _ in 1 2 3; do
	kill_child
	sleep_ms 100
done
expect_exit 1
run_to_end job.conf
judge
