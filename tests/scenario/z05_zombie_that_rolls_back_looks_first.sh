# An instance goes back to its last checkpoint, inside its process, and is stopped on the way; another takes over, on
# the same directory, for the store is free. Awake, the first sees the other and exits 4, without fencing it.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 300000 --addresses 200
topic create "$out"
paced_ip_count_conf 60000
for point in checkpoint_before_pending checkpoint_after_pending; do
	WEIR_FAIL=$point:3:error,pipeline_rolling_back:1:stop start job.conf
	zombie=$weir zombie_log=$log
	stopped=$(child)
	until_true 20 is_stopped "$stopped" || fail "the pipeline process did not stop on its way back"
	kill -STOP "$zombie"
	start job.conf
	second=$weir second_log=$log
	wait_for_text running
	kill -CONT "$zombie" "$stopped"
	weir=$zombie log=$zombie_log
	expect_exit 4
	weir=$second log=$second_log
	tally "zombie wake-up"
	[ "$point" = checkpoint_after_pending ] || stop_cleanly
done
expect_exit 0
judge
