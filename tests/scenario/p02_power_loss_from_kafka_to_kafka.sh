# The power goes around the commit to Kafka: what the marker says was decided is still in the store.
# limit: 120
# long limit: 900
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

access_log --create --lines "$(long 200000 1600000)" --addresses 200
topic create "$out"
paced_ip_count_conf 60000
sed -i "s,\"$dir/checkpoints\",\"$disk/checkpoints\"," job.conf
points=(checkpoint_after_pending checkpoint_after_commit checkpoint_after_completed kafka_sink_marker_written)
n_rounds=$(long 6 40)
for round in $(seq "$n_rounds"); do
	point=${points[round % ${#points[@]}]}
	injected INJECT_RECORD="$record"
	WEIR_FAIL=$point:$(random_between 2 4):kill start job.conf --set pipeline.restart.attempts=0
	expect_exit 1
	lose_power "$(power_loss)" "$(random_variant)"
done
injected
run_to_end job.conf
expect_restored_checkpoints
echo "saw: power lost $n_rounds times"
judge
