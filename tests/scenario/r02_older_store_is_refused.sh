# An old copy of the checkpoint directory is put back: exit 3; with the marker's positions it goes on.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
for run in 1 2; do
	seq $((run * 1000 - 999)) $((run * 1000)) | topic write "$in"
	start job.conf
	wait_for_lines "$out" $((run * 1000))
	stop_cleanly
	[ -d old ] || cp -r checkpoints old
done
mv checkpoints new
cp -r old checkpoints
start job.conf
expect_exit 3
expect_text "$log" "weir checkpoints resolve $dir/checkpoints --use marker"
"$weir_program" checkpoints resolve "$dir/checkpoints" --use marker
seq 2001 3000 | topic write "$in"
start job.conf
wait_for_lines "$out" 3000
stop_cleanly
seq 3000 | LC_ALL=C sort >expected
values "$out" >actual
expect_same_lines expected actual
