# SIGSTOP for the broker beyond transaction_timeout: the transaction it then gives up is found out and replayed.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"

own_broker
access_log --create --lines 400000
topic create "$out"
paced_ip_count_conf 50000
start job.conf --set pipeline.restart.attempts=0 --set sink.transaction_timeout=5s
wait_for_lines "$out" 1
own pause
sleep 9
own resume
tally "broker SIGSTOP beyond the transaction timeout"
expect_exit 0 90
judge
