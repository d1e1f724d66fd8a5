# SIGTERM while the broker does not answer, at the start and in each step of a checkpoint, and while the pipeline process itself is stopped: it ends within pipeline.stop_timeout and 5 s more, and nothing is lost.
# limit: 200
. "$(dirname "$0")/../lib/scenario.sh"

own_broker
access_log --create --lines 300000
topic create "$out"
paced_ip_count_conf 50000

# ends_in_time ALLOWED-MS: after SIGTERM; either in order or by the deadline.
ends_in_time()
{
	local began status=0
	began=$(date +%s%N)
	kill -TERM "$weir"
	until_true 30 is_gone "$weir" || fail "weir still runs 30 s after SIGTERM"
	wait "$weir" || status=$?
	local took=$((($(date +%s%N) - began) / 1000000))
	[ $took -le "$1" ] || fail "it took $took ms to end"
	[ $status -le 1 ] || fail "weir ended with status $status"
	saw="$saw, $2: $took ms status $status"
}
saw=
points=(kafka_sink_before_marker kafka_sink_marker_written kafka_sink_before_commit checkpoint_before_pending checkpoint_after_commit)
for i in $(seq 0 "$(long 1 4)"); do
	point=${points[$(((WEIR_SEED + i) % 5))]}
	WEIR_FAIL=$point:2:stop start job.conf --set pipeline.stop_timeout=2s
	process=$(child)
	until_true 20 is_stopped "$process" || fail "it did not come to $point"
	own pause
	kill -CONT "$process"
	ends_in_time 5000 "broker still at $point"
	own resume
done
own pause
start job.conf --set pipeline.stop_timeout=2s
sleep 1
ends_in_time 5000 "broker still at the start"
own resume
start job.conf --set pipeline.stop_timeout=1s
process=$(child)
wait_for_text running
kill -STOP "$process"
ends_in_time 9000 "pipeline process stopped"
expect_text "$log" "pipeline.stop_timeout"
echo "saw: ${saw#, }"
run_to_end job.conf
judge
