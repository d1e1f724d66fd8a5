# file -> Kafka -> file without transforms, both pipelines killed on the way: the same lines come out.
. "$(dirname "$0")/../lib/scenario.sh"

seq -f 'line %.0f' 300000 >lines
topic create "$in" --partitions 3
pace='transforms = ( { plugin = "chaos"; per_second = 60000; } );'
{
	pipeline_group
	echo "source = { plugin = \"file\"; path = \"$dir/lines\"; stop = \"latest\"; };"
	echo "$pace"
	echo "sink = { plugin = \"kafka\"; bootstrap_servers = \"$bootstrap\"; topic = \"$in\"; };"
} >first.conf
{
	pipeline_group
	kafka_source 'stop = "latest";'
	echo "$pace"
	echo "sink = { plugin = \"file\"; directory = \"$dir/parts\"; };"
} >second.conf
for conf in first second; do
	sed -i "s/$pipeline\"/$pipeline-$conf\"/; s,/checkpoints,&-$conf," $conf.conf
	for _ in 1 2 3; do
		start $conf.conf
		sleep_ms "$(random_between 400 1000)"
		kill_supervisor
	done
	run_to_end $conf.conf
done
expect_restored_checkpoints
LC_ALL=C sort lines >expected
values "$in" >in_kafka
expect_same_lines expected in_kafka
cat parts/* | LC_ALL=C sort >actual
expect_same_lines expected actual
