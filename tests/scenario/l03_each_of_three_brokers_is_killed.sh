# Three brokers; each in turn gets SIGKILL and comes back, so leaders, coordinators and the controller were among them: weir goes on.
# long
# limit: 500
. "$(dirname "$0")/../lib/scenario.sh"

own_cluster
rounds=$(long 1 2)
access_log --create --lines $((900000 * rounds))
topic create "$out" --partitions 3
paced_ip_count_conf 6000
start job.conf --set pipeline.restart.attempts=0
wait_for_lines "$out" 1
for number in $(for _ in $(seq "$rounds"); do shuf -e 1 2 3; done); do
	own kill "$number"
	sleep 3
	own start "$number" >/dev/null
	sleep 3
	! is_gone "$weir" || fail "weir ended before all brokers had been killed"
done
expect_exit 0 300
judge
