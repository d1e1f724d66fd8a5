# Kafka's source and sink hold what the conformance kit asks of any plugin; what is committed is read back from the topic.
# limit: 240
. "$(dirname "$0")/../lib/scenario.sh"

must_pass()
{
	for check in "$@"; do
		grep -q "^PASS  $check: " kit.log || { cat kit.log; fail "\"$check\" did not pass"; }
	done
}

access_log --create --partitions 2 --lines 300
topic create "$out" --partitions 2
{ kafka_source; kafka_sink; } >job.conf

"$weir_program" test-plugin --config job.conf "$WEIR_BUILD/connectors/kafka/.libs/kafka_source.so" >kit.log || { cat kit.log; fail "source"; }
must_pass 'poll is interrupted' 'restore at every barrier' 'two instances at once' 'option limits' 'nothing left behind'

"$weir_program" test-plugin --config job.conf --output "'$WEIR_BUILD/tests/tools/kafka_topic' show --bootstrap-servers $bootstrap --topic '$out'" \
	"$WEIR_BUILD/connectors/kafka/.libs/kafka_sink.so" >kit.log || { cat kit.log; fail "sink"; }
must_pass 'option limits' 'bad records' 'nothing left behind' 'commit twice' 'crash while writing' \
	'crash when prepared, not decided' 'crash when aborted' 'crash when committed' 'crash when committed again'
