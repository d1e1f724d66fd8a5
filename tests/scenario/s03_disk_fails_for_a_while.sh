# For a while every write and sync fails: it waits with growing pauses, and goes on when they succeed again.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

disk_job 60000 30000
for error in EIO ENOSPC; do
	rm -rf "$disk"/*
	injected INJECT_CALLS=write,create,sync,mkdir,rename INJECT_ERROR=$error INJECT_TIMES=0 INJECT_WHILE="$dir/bad"
	start job.conf --set pipeline.restart.attempts=0
	sleep 0.7
	touch bad
	sleep "$(long 2 30)"
	rm bad
	expect_exit 0 60
	expect_text "$log" "inject: call"
	n_said=$(grep -c "trying again" "$log")
	[ "$n_said" -le 6 ] || fail "it says $n_said times that the disk fails"
	echo "saw: $error: said $n_said times"
	injected
	run_and_count fast.conf || fail "$error: $(tail -n 2 run.log)" # finished already: only to recount
done
expect_nothing_lost
