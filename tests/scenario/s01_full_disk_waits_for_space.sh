# The disk is full: it says so once, waits, and goes on when there is space, without using up restart attempts.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"
in_own_mounts

# full_for SECONDS DIRECTORY: fills what is mounted there and empties it again.
full_for()
{
	dd if=/dev/zero of="$2/ballast" bs=4k 2>/dev/null || true
	sleep "$1"
	rm "$2/ballast"
}

disk_job 60000 30000
saw=
for full in checkpoints parts; do
	rm -rf "${disk:?}"/*
	mkdir "$disk/$full"
	mount -t tmpfs -o size=6m tmpfs "$disk/$full"
	start job.conf --set pipeline.restart.attempts=0
	sleep 0.5
	full_for "$(long 2 20)" "$disk/$full"
	expect_exit 0 60
	run_and_count fast.conf || fail "$full: $(tail -n 2 run.log)" # finished already: only to recount
	expect_text "$log" "$disk/$full"
	expect_text "$log" "No space left on device"
	n_said=$(grep -c "No space left" "$log")
	[ "$n_said" -le 4 ] || fail "it says $n_said times that the disk is full"
	saw="$saw, $full: said $n_said times"
	umount "$disk/$full"
done
echo "saw: ${saw#, }"
expect_nothing_lost
