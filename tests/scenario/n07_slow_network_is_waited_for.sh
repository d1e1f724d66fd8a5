# A link of a few kilobytes a second holds the stream back and spoils nothing.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

count_through_proxy "$(long 40 150)"
for rate in 300000 20000 3000; do
	proxy rate "$rate"
	sleep "$(long 4 30)"
done
proxy rate 0
expect_counted_once
