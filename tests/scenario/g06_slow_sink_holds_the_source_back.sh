# A sink that takes little and a source that gives a lot: the source waits, and memory stays what the queues may hold.
. "$(dirname "$0")/../lib/scenario.sh"

yes "$(head -c 900 /dev/zero | tr '\0' x)" 2>/dev/null | head -n "$(long 800000 4000000)" >lines || true
{
	pipeline_group
	echo "source = { plugin = \"file\"; path = \"$dir/lines\"; stop = \"latest\"; };"
	echo 'sink = { plugin = "chaos"; slow = "'"$(long 8 20)"'ms"; };'
} >job.conf
start job.conf --set pipeline.guarantee=at_least_once
process=$(child)
peak=0
while ! is_gone "$process"; do
	rss=$(awk '/^VmHWM/ {print $2}' "/proc/$process/status" 2>/dev/null || echo 0)
	[ "${rss:-0}" -le $peak ] || peak=$rss
	sleep 0.1
done
expect_exit 0
echo "saw: $(($(stat -c %s lines) >> 20)) MiB through a slow sink, peak memory $((peak / 1024)) MiB"
[ $peak -gt 0 ] && [ $peak -le 300000 ] || fail "the peak was $peak KiB"
