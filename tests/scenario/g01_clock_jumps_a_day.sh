# The clock is set a day ahead, back, and a day behind in the middle of a run: no deadline notices, no restart, no rollback, every line counted once.
. "$(dirname "$0")/../lib/scenario.sh"

set_clock()
{
	printf '%-32s' "$1" >now
	dd if=now of=clock conv=notrunc status=none
}
access_log --create --lines 300000
topic create "$out"
paced_ip_count_conf 50000
set_clock 0
weir_environment=(SHIFTED_CLOCK="$dir/clock" LD_PRELOAD="$WEIR_BUILD/tests/tools/.libs/shifted_clock.so")
start job.conf --set pipeline.restart.attempts=0 --set pipeline.watchdog=5s --set pipeline.checkpoint.timeout=5s
wait_for_lines "$out" 1
for jump in 86400 0 -86400; do
	set_clock $jump
	sleep 1.5
done
expect_exit 0 60
[ "$(cut -c 1-10 "$log" | sort -u | wc -l)" -ge 2 ] || fail "the clock was not set: all of the log is of one day"
! grep -E "going back|does not come back|in time" "$log" || fail "a deadline went by the clock on the wall"
judge
