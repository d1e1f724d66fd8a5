# late_records = "count", the default: a line that comes after the allowed lateness is left out, and weir says how many.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
ip_count_conf
start job.conf --set source.stop=never
say()
{
	topic write "$in" <<<"2019-09-15_16:23:$1 10.0.0.1"
}
say 30
say 41 # closes :30 and, by the allowed lateness, for good
wait_for_lines "$out" 1
say 32
say 33
say 46
wait_for_lines "$out" 2
stop_cleanly
expect_text "$log" ", 2 late"
topic show "$out" >actual
printf '2019-09-15_16:23:%s\n' '30 10.0.0.1 1' '40 10.0.0.1 1' >expected
expect_same_lines expected actual
