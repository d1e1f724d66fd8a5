# The connection is cut at each kind of request, before the broker has it and before its answer is back: exactly once, and no restart attempt is used up.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

count_through_proxy "$(long 60 400)"
for round in $(seq "$(long 1 6)"); do
	for api in Produce AddPartitionsToTxn AddOffsetsToTxn TxnOffsetCommit EndTxn InitProducerId FindCoordinator \
		Metadata Fetch; do
		next_hit cut before "$api"
		next_hit cut after "$api"
		tally "connection cut" 2
	done
done
expect_counted_once
echo "saw: $n_hits connections cut"
