# file -> ip_count -> file: no Kafka, the synced store decides. Killed five times.
. "$(dirname "$0")/../lib/scenario.sh"

awk 'BEGIN {
	for (i = 0; i < 300000; i++) {
		s = int(i / 1000)
		printf "2019-09-15_16:%02d:%02d 10.0.%d.%d\n", int(s / 60), s % 60, i % 7, (i * 31) % 250
	}
}' >access.log
{
	pipeline_group
	echo "source = { plugin = \"file\"; path = \"$dir/access.log\"; stop = \"latest\"; };"
	echo 'transforms = ( { plugin = "chaos"; per_second = 100000; }, { plugin = "ip_count"; window = "5s"; } );'
	echo "sink = { plugin = \"file\"; directory = \"$dir/parts\"; };"
} >job.conf
for _ in 1 2 3 4 5; do
	start job.conf
	sleep_ms "$(random_between 300 1000)"
	kill_supervisor
done
run_to_end job.conf

awk '{
	split($1, time, ":")
	n[sprintf("%s:%s:%02d %s", time[1], time[2], int(time[3] / 5) * 5, $2)]++
}
END {
	for (cell in n)
		print cell, n[cell]
}' access.log | LC_ALL=C sort >expected
cat parts/* | LC_ALL=C sort >actual
expect_same_lines expected actual
