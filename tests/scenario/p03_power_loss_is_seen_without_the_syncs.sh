# Where checkpoints are not synced a loss of power takes back what was decided: the tests of it see that.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

# The store decides: its checkpoints are gone, the finished parts are there.
disk_job 60000 30000
injected INJECT_RECORD="$record"
WEIR_FAIL=store_skip_sync:always:error,checkpoint_after_completed:5:kill start job.conf --set pipeline.restart.attempts=0
expect_exit 1
lose_power "$(power_loss)" dropped
injected
run_and_count fast.conf && fail "a lost checkpoint was not noticed"
[ $n_refused = 1 ] || fail "it was not refused: $(tail -n 3 run.log)"
expect_text run.log "has not reached"

# Kafka decides: its marker is ahead of the store.
access_log --create --lines 50000 --addresses 200
topic create "$out"
paced_ip_count_conf 60000
sed -i "s,\"$dir/checkpoints\",\"$disk/kafka\"," job.conf
injected INJECT_RECORD="$record"
WEIR_FAIL=store_skip_sync:always:error,checkpoint_after_commit:3:kill start job.conf --set pipeline.restart.attempts=0
expect_exit 1
lose_power "$(power_loss)" dropped
injected
start job.conf
expect_exit 3
expect_text "$log" "the sink shows checkpoint"
echo "saw: refused 2 of 2"
