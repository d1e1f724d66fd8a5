# Each step of a checkpoint fails once: the pipeline goes back to the last checkpoint in the same process.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 200000
topic create "$out"
paced_ip_count_conf 60000
n=1 points=
for point in checkpoint_barrier_injected checkpoint_before_pending checkpoint_after_pending checkpoint_after_commit \
	checkpoint_after_completed kafka_sink_before_marker kafka_sink_marker_written kafka_sink_before_commit \
	kafka_sink_after_commit; do
	n=$((n + 1))
	points=$points,$point:$n:error
done
WEIR_FAIL=${points#,} run_to_end job.conf --set pipeline.restart.attempts=0
expect_text "$log" "kafka_sink_after_commit"
echo "saw: went back $(grep -c 'going back' "$log") times"
judge
