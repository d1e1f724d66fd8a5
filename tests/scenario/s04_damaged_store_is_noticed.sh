# Each file of the store, with one bit flipped or cut short: the start is refused with the store named, or nothing is wrong.
# limit: 200
# long limit: 1200
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

disk_job 30000 30000
# The second start reads the log of the first and writes tables; both leave a PENDING checkpoint behind.
for nth in 4 3; do
	WEIR_FAIL=checkpoint_after_pending:$nth:kill start job.conf --set pipeline.restart.attempts=0
	expect_exit 1
done
cp -a "$disk" good

flip()
{
	local byte
	byte=$(od -An -tu1 -j"$2" -N1 "$1")
	printf "\\x$(printf %02x $((byte ^ 1 << RANDOM % 8)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

shorten()
{
	truncate -s "$2" "$1"
}

n_silent=0 n_unnamed=0
try_damage()
{
	local before=$((n_lost + n_doubled)) n_refused_before=$n_refused n_failed_before=$n_failed
	cp -a good/. "$disk"
	"$1" "$disk/checkpoints/store/$2" "$3"
	run_and_count fast.conf --set pipeline.restart.attempts=0 || true
	if [ $((n_lost + n_doubled)) != $before ]; then
		n_silent=$((n_silent + 1))
		keep_log "silent-$1-$2-$3"
	elif [ $n_failed != $n_failed_before ]; then
		keep_log "failed-$1-$2-$3"
	elif [ $n_refused != $n_refused_before ] && ! grep -q "refused: .*$disk/checkpoints" run.log; then
		n_unnamed=$((n_unnamed + 1))
		keep_log "unnamed-$1-$2-$3"
	fi
	rm -rf "$disk"
}

n_files=0 n_offsets=$(long 5 100)
for path in good/checkpoints/store/*; do
	bytes=$(stat -c %s "$path")
	[ "$bytes" != 0 ] || continue
	n_files=$((n_files + 1))
	for i in $(seq "$n_offsets"); do
		first=$((bytes * (i - 1) / n_offsets)) last=$((bytes * i / n_offsets - 1))
		try_damage flip "$(basename "$path")" "$(random_between $first $((last > first ? last : first)))"
		try_damage shorten "$(basename "$path")" "$(random_between 0 $((bytes - 1)))"
	done
done
saw_figures
echo "saw: files $n_files, silently accepted corruption: $n_silent"
[ $n_silent$n_unnamed$n_failed = 000 ] || fail "$n_unnamed refusals do not name the store, $n_failed runs failed otherwise"
[ $n_refused -gt $((n_runs / 4)) ] || fail "only $n_refused of $n_runs were refused: what was damaged?"
