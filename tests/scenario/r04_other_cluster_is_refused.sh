# The same pipeline pointed at another Kafka cluster: exit 3, both clusters are named.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
seq 1000 | topic write "$in"
start job.conf
wait_for_lines "$out" 1000
stop_cleanly

first=$bootstrap
own_broker
topic create "$in"
topic create "$out"
start job.conf --set "source.bootstrap_servers=$bootstrap" --set "sink.bootstrap_servers=$bootstrap"
expect_exit 3
expect_text "$log" "$(sed -n 's/^cluster.id=//p' "$dir/broker/data/meta.properties")"
[ "$(topic records "$out")" = 0 ] || fail "something was written to the other cluster"

bootstrap=$first
start job.conf
seq 1001 2000 | topic write "$in"
wait_for_lines "$out" 2000
stop_cleanly
seq 2000 | LC_ALL=C sort >expected
values "$out" >actual
expect_same_lines expected actual
