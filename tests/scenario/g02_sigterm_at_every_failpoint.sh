# SIGTERM while the process stands still at a failpoint, each in turn: it ends in order when it goes on, exit 0, and every line is counted once.
# limit: 150
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 400000
topic create "$out"
paced_ip_count_conf 100000
slowest=0
for point in kafka_sink_start_record kafka_sink_before_marker kafka_sink_marker_written kafka_sink_before_commit \
	kafka_sink_after_commit checkpoint_barrier_injected checkpoint_before_pending checkpoint_after_pending \
	checkpoint_after_commit checkpoint_after_completed; do
	nth=2
	[ $point != kafka_sink_start_record ] || nth=1
	WEIR_FAIL=$point:$nth:stop start job.conf --set pipeline.restart.attempts=0
	process=$(child)
	until_true 20 is_stopped "$process" || fail "it did not come to $point"
	kill -TERM "$weir"
	sleep_ms "$(random_between 0 300)"
	began=$(date +%s%N)
	kill -CONT "$process"
	expect_exit 0
	took=$((($(date +%s%N) - began) / 1000000))
	[ $took -le $slowest ] || slowest=$took
	expect_text "$log" "finished"
done
echo "saw: the slowest of 10 stops took $slowest ms"
run_to_end job.conf
judge
