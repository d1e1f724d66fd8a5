# `weir serve` runs every *.conf of its folder, each in a process of its own; SIGTERM stops them in order.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/daemon.sh"

for name in one two three; do
	copy_pipeline $name
	seq 1000 >$name.in
done
cp pipelines.d/one.conf pipelines.d/one.conf.bak # no *.conf
serve
for name in one two three; do
	wait_for_state $name RUNNING
	wait_for_copy $name
done
[ "$(for name in one two three; do figure $name process; done | sort -u | wc -l)" = 3 ] || fail "not three processes"
[ "$(ask status | grep -c RUNNING)" = 3 ] || fail "status shows other pipelines: $(ask status)"
[ "$(stat -c %a control.sock)" = 660 ] || fail "the socket has mode $(stat -c %a control.sock)"
seq 1001 2000 >>two.in
wait_for_copy two
stop_cleanly
[ ! -e control.sock ] || fail "the socket is still there"
! ask status 2>error || fail "somebody answers"
expect_text error "no weir daemon answers at 'control.sock'"
