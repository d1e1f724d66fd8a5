# A line within the allowed lateness fires its window again; after that it goes to the dead letters.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
topic create "$dead"
ip_count_conf
sed -i "s/plugin = \"ip_count\";/& late_records = \"dead_letter\";/; s/topic = \"$out\";/& dead_letter_topic = \"$dead\";/" job.conf
start job.conf --set source.stop=never
say()
{
	topic write "$in" <<<"2019-09-15_16:23:$1 10.0.0.1"
}
say 30
say 36
wait_for_lines "$out" 1
say 31 # its window has ended at :35, and stays until :40
wait_for_lines "$out" 2
say 41
wait_for_lines "$out" 3
say 32 # now it is late
wait_for_lines "$dead" 1
stop_cleanly
topic show "$out" >actual
printf '2019-09-15_16:23:%s\n' '30 10.0.0.1 1' '30 10.0.0.1 2' '35 10.0.0.1 1' >expected
expect_same_lines expected actual
topic show "$dead" >actual
echo "2019-09-15_16:23:32 10.0.0.1" >expected
expect_same_lines expected actual
