# An EndTxn that the network holds back until the next transaction is open commits nothing of it: the producer was made anew.
. "$(dirname "$0")/../lib/scenario.sh"
proxied_broker
access_log --create --lines 100000
topic create "$out"
paced_ip_count_conf 20000
start job.conf --set pipeline.restart.attempts=0
wait_for_lines "$out" 1
proxy hold EndTxn
wait_for_proxy "hit 1 "
proxy cut all
tally "late EndTxn"
sleep 2
proxy release
wait_for_proxy "answered 1"
expect_exit 0 90
judge
