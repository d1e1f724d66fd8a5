# An EndTxn that the network holds back until the next transaction is open is refused: the producer was made anew meanwhile.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

copy_through_proxy
n=$(long 2 55)
for i in $(seq "$n"); do
	late_end_txn
	[ "$late_error" = 47 ] || fail "late EndTxn $i was answered with error $late_error, not with INVALID_PRODUCER_EPOCH"
	[ "$leaked" = 0 ] || fail "late EndTxn $i made $leaked lines visible"
	proxy release
done
expect_lines_once
echo "saw: $n late EndTxn, lost 0, doubled 0"
