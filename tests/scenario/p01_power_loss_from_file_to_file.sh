# The power goes at a random moment: from file to file it goes on from what was synced, and counts every line once.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

disk_job 60000 30000
lose_power_and_go_on()
{
	local n_operations n variant
	n_operations=$(power_loss)
	for _ in $(seq "$1"); do
		n=$(random_between 1 "$n_operations") variant=$(random_variant)
		lose_power "$n" "$variant"
		run_and_count fast.conf || keep_log "$2-$n-$variant"
	done
}

# A first start, which is killed; and one that reads the log of the first, writes tables and goes on to the end.
injected INJECT_RECORD="$record"
WEIR_FAIL=checkpoint_after_pending:5:kill start job.conf --set pipeline.restart.attempts=0
expect_exit 1
cp -a "$disk" killed
injected
lose_power_and_go_on "$(long 10 125)" first
rm -rf "$disk"
mv killed "$disk"
injected INJECT_RECORD="$record"
run_to_end job.conf --set pipeline.checkpoint.retain=1
injected
lose_power_and_go_on "$(long 10 125)" second
expect_nothing_lost
