# Back-pressure, a slow sink, one that said it may take long, and a process that was stopped: the watchdog does not bite.
. "$(dirname "$0")/../lib/scenario.sh"

slow_job()
{
	forget_job
	numbers_job 'records = 100000;' 'action = "drop";'
	sed -i "s|^sink = .*|sink = { plugin = \"chaos\"; $* };|" job.conf
}
slow_job 'slow = "4ms";' # the source waits for room for seconds, the sink never takes a second
run_to_end job.conf --set pipeline.guarantee=at_least_once --set pipeline.watchdog=1s --set pipeline.restart.attempts=0
slow_job 'slow = "3s"; patient = true;'
run_to_end job.conf --set pipeline.guarantee=at_least_once --set pipeline.watchdog=1s --set pipeline.restart.attempts=0 --set source.records=200
slow_job 'slow = "800ms";'
start job.conf --set pipeline.guarantee=at_least_once --set pipeline.watchdog=1s --set pipeline.restart.attempts=0 --set source.records=700
process=$(child)
for _ in 1 2 3; do
	sleep 0.5
	kill -STOP "$process"
	sleep 2
	kill -CONT "$process"
done
expect_exit 0
