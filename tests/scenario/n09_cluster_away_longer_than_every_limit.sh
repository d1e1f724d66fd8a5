# The cluster goes away in the middle of a commit, for longer than any time-out: weir says so once, waits, and goes on without using up a restart attempt.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

count_through_proxy 40 --set sink.transaction_timeout=5s --set pipeline.checkpoint.timeout=5s
next_hit hold EndTxn
proxy refuse
sleep "$(long 45 200)"
proxy accept
wait_for_text "answers again after"
expect_counted_once
n=$(grep -c "does not answer" weir.1.log || true)
[ "$n" = 1 ] || fail "weir said $n times that the cluster does not answer"
tally "connection cut"
