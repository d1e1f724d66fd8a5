# Records of 10 MB go from topic to topic as they are; one that the client or the topic does not take is named and ends the pipeline, without endless trying.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"

echo "message.max.bytes=30000000" >broker.properties
WEIR_BROKER_PROPERTIES=$dir/broker.properties own_broker
topic create "$in"
topic create "$out"
n=$(long 3 40)
large=(-X message.max.bytes=30000000)
for i in $(seq "$n"); do
	printf 'record %d ' "$i"
	head -c 7500000 /dev/urandom | base64 -w 0
	echo
done >lines
topic write "$in" "${large[@]}" <lines
copy_conf
start job.conf --set source.stop=latest --set pipeline.restart.attempts=0
expect_exit 1
expect_text "$log" "cannot process the record at $in, partition 0, offset 0: its 100"
expect_text "$log" "raise message_max_bytes"
echo "saw: $(grep -o 'its 1[0-9]* bytes' "$log" | head -n 1) refused"

sed -i '/^sink/s/ };$/ client = { message_max_bytes = 30000000; }; };/' job.conf
start job.conf --set source.stop=latest
peak=0
while ! is_gone "$weir"; do
	rss=$(awk '/^VmHWM/ {print $2}' "/proc/$(children_of "$weir" | tr -d ' ')/status" 2>/dev/null || echo 0)
	[ "${rss:-0}" -le $peak ] || peak=$rss
	sleep 0.05
done
expect_exit 0
topic show "$out" "${large[@]}" >copied
cmp lines copied || fail "the records were changed on their way"
echo "saw: $n records of 10 MB the same on both sides, peak memory $((peak / 1024)) MiB"

# The client takes them, the topic does not: nothing else can be written before that is mended.
out=$out-small
topic create "$out"
sed -i "s,$dir/checkpoints,&-small,; s,name = \"$pipeline\",name = \"$pipeline-small\",; s/topic = \"[^\"]*-out\"/topic = \"$out\"/" job.conf
own stop
sed -i 's/30000000/2000000/' broker/server.properties
own start >/dev/null
start job.conf --set source.stop=latest --set pipeline.restart.attempts=1
expect_exit 1 60
expect_text "$log" "raise max.message.bytes of the topic"
