# A pipeline that crashes until its attempts are used up has FAILED, with its last error; the daemon and the others do not notice. A keeper that is killed is replaced.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/daemon.sh"

export ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0
for name in good crashes says; do
	copy_pipeline $name
	seq 100 >$name.in
done
echo 'transforms = ( { plugin = "chaos"; trigger = "50"; action = "segfault"; } );' >>pipelines.d/crashes.conf
echo 'transforms = ( { plugin = "chaos"; trigger = "50"; action = "fatal"; } );' >>pipelines.d/says.conf
serve
wait_for_state good RUNNING
before=$(figure good process)
wait_for_state crashes FAILED
wait_for_state says FAILED
[ "$(figure crashes used)" = 2 ] || fail "$(figure crashes used) attempts used"
expect_text <(ask status crashes || true) "killed by signal 11"
expect_text <(ask status says || true) "chaos"
! ask status >/dev/null || fail "status says that all is well"
[ "$(figure good process)" = "$before" ] || fail "the good one was restarted"

keeper=$(sed 's/.*) [A-Z] \([0-9]*\).*/\1/' "/proc/$before/stat")
[ "$keeper" != "$weir" ] || fail "the pipeline's parent is the daemon"
kill -KILL "$keeper"
is_replaced()
{
	[ "$(state good)" = RUNNING ] && [ "$(figure good process)" != "$before" ]
}
until_true 20 is_replaced || fail "the pipeline whose keeper was killed is $(state good)"
seq 101 200 >>good.in
wait_for_copy good
expect_text <(ask status good) "killed by signal 9"
sed -i '/^transforms/d' pipelines.d/crashes.conf
ask start crashes
wait_for_state crashes RUNNING
wait_for_copy crashes
stop_cleanly
