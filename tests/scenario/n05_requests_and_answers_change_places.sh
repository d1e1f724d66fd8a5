# Requests, and answers, that overtake each other on a connection: exactly once, and no restart attempt is used up.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

count_through_proxy "$(long 60 240)"
for round in $(seq "$(long 3 15)"); do
	for api in Produce AddPartitionsToTxn EndTxn Fetch; do
		next_hit swap "$api" "$(random_between 1 3)"
		next_hit swap answer "$api" "$(random_between 1 3)"
	done
done
expect_counted_once
echo "saw: $n_hits requests and answers swapped"
