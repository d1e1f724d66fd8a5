# nftables drops what goes to the broker, what comes from it, or both, and resets connections: exactly once, and no restart attempt is used up.
# limit: 150
. "$(dirname "$0")/../lib/own_network.sh"
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

count_through_listener "$(long 60 400)" --set sink.transaction_timeout=5s
for round in $(seq "$(long 1 8)"); do
	for direction in up down both; do
		sleep_ms "$(random_between 500 1500)"
		network $direction drop
		sleep_ms "$(random_between 2000 "$(long 7000 20000)")"
		network well
	done
	sleep_ms "$(random_between 500 1500)"
	network up reject with tcp reset
	sleep_ms "$(random_between 0 2000)"
	network well
	tally "network cut by nftables" 4
done
expect_counted_once
