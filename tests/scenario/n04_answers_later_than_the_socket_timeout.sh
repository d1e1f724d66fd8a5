# Answers that come after the client has given the request up: exactly once, and no restart attempt is used up.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

apis=(Produce AddPartitionsToTxn AddOffsetsToTxn TxnOffsetCommit EndTxn)
count_through_proxy "$(long 60 180)" --set sink.transaction_timeout=5s
if [ "$WEIR_LONG" = 0 ]; then
	apis=("${apis[$(random_between 0 4)]}" EndTxn)
fi
for api in "${apis[@]}"; do
	next_hit delay 7000 answer "$api"
	sleep 8
	next_hit delay 7000 "$api"
	sleep 8
done
expect_counted_once
echo "saw: late: ${apis[*]}"
