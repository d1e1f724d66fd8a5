# Nothing passes in one direction, the other, or both, and comes late when it does: exactly once, and no restart attempt is used up.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

count_through_proxy "$(long 60 400)" --set sink.transaction_timeout=5s
for round in $(seq "$(long 1 4)"); do
	for direction in up down both; do
		sleep_ms "$(random_between 500 1500)"
		proxy stop "$direction"
		sleep_ms "$(random_between 2000 "$(long 7000 20000)")"
		proxy go
	done
done
expect_counted_once
