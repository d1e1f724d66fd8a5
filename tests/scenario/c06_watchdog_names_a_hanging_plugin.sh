# A call that does not come back within the watchdog's time is named with plugin, place, callback and time; a new process goes on, by the restart strategy.
. "$(dirname "$0")/../lib/scenario.sh"

# hung PLUGIN-AND-CALLBACK: what the log has to say, and one restart.
hung()
{
	[ -e once ] || fail "nothing did hang"
	grep -E "plugin 'chaos' \($1\(\): [0-9]+ ms so far \(pipeline.watchdog\)" "$log" >named || fail "not named: $1"
	expect_text "$log" "restart 1 of 3"
	expect_text "$log" "finished"
}

numbers_job 'records = 20000;' "trigger = \"5000\"; action = \"hang\"; once = \"$dir/once\";"
run_to_end job.conf --set pipeline.watchdog=1s
hung 'transforms\[0\]\) does not come back from process'
echo "saw: $(sed 's/.*process(): //' named)"
expect_numbers 20000
for action in hang:poll hang_snapshot:snapshot; do
	forget_job
	numbers_job "records = 20000; per_second = 20000; at = 5000; action = \"${action%:*}\"; once = \"$dir/once\";"
	run_to_end job.conf --set pipeline.watchdog=1s
	hung "source\) does not come back from ${action#*:}"
	expect_numbers 20000
done
for callback in begin write prepare commit; do
	forget_job
	numbers_job 'records = 20000; per_second = 20000;'
	sed -i "s|^sink = .*|sink = { plugin = \"chaos\"; hang = \"$callback\"; once = \"$dir/once\"; };|" job.conf
	run_to_end job.conf --set pipeline.guarantee=at_least_once --set pipeline.watchdog=1s
	hung "sink\) does not come back from $callback"
done
