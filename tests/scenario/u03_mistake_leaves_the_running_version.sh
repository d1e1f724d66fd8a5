# A file with mistakes leaves the running version running, also when its process crashes; status, the log and the commands name file and line.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/daemon.sh"

copy_pipeline one
copy_pipeline two
serve
wait_for_state one RUNNING
before=$(figure one process)
sed -i 's/path = /pfad = /' pipelines.d/one.conf
mistake="pipelines.d/one.conf:6: error: unknown option 'pfad'"
for command in reload "restart one"; do
	status=0
	ask $command >said 2>&1 || status=$?
	[ $status = 2 ] || fail "$command ended with $status"
	expect_text said "$mistake"
done
wait_for_text "$mistake"
ask status >said
expect_text said "$mistake"
[ "$(state one)" = RUNNING ] || fail "'one' is $(state one)"
kill -KILL "$before"
changed_process()
{
	[ "$(state one)" = RUNNING ] && [ "$(figure one process)" != "$before" ]
}
until_true 20 changed_process || fail "the version that ran was not started again"
seq 100 >one.in
wait_for_copy one
[ "$(figure one used)" = 1 ] || fail "$(figure one used) restarts used"
sed -i 's/pfad = /path = /' pipelines.d/one.conf
ask reload >said
! grep -q "not in force" said || fail "it is still refused"
! ask status | grep -q "not in force" || fail "status still shows it"
stop_cleanly
