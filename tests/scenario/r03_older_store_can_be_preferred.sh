# An old copy is put back, and the operator says the store is right: what came after it is read again.
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
rm -r checkpoints
mv old checkpoints
start job.conf
expect_exit 3
expect_text "$log" "--use nothing"
"$weir_program" checkpoints resolve "$dir/checkpoints" --use store
start job.conf
wait_for_lines "$out" 3000
stop_cleanly
{
	seq 2000
	seq 1001 2000
} | LC_ALL=C sort >expected
values "$out" >actual
expect_same_lines expected actual
# The decision was for one start: the next one has nothing to decide.
start job.conf
sleep_ms 1500
stop_cleanly
values "$out" >actual
expect_same_lines expected actual
