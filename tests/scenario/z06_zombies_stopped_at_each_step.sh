# Stopped at each step of a checkpoint and of a start, replaced on a copy, awake again: exit 4, nothing written.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"

points=(kafka_sink_before_commit checkpoint_before_pending)
[ "$WEIR_LONG" = 0 ] || points=(checkpoint_barrier_injected kafka_sink_before_marker kafka_sink_marker_written
	checkpoint_before_pending checkpoint_after_pending kafka_sink_before_commit kafka_sink_after_commit
	checkpoint_after_commit checkpoint_after_completed)
access_log --create --lines $((${#points[@]} * 60000)) --addresses 200
topic create "$out"
paced_ip_count_conf 20000
mkdir checkpoints.0
directory=$dir/checkpoints.0
for n in $(seq "${#points[@]}"); do
	WEIR_FAIL=${points[n - 1]}:$(random_between 2 4):stop start job.conf --set "pipeline.checkpoint.directory=$directory"
	stopped=$(child)
	until_true 30 is_stopped "$stopped" || fail "the pipeline process did not stop at ${points[n - 1]}"
	take_over_from_stopped "$dir/checkpoints.$n" "$directory"
	directory=$dir/checkpoints.$n
	stop_cleanly
done
ip_count_conf
run_to_end job.conf --set "pipeline.checkpoint.directory=$directory"
judge
echo "saw: ${#points[@]} wake-ups, lost 0, doubled 0"
