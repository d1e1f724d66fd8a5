# The progress topic is gone, the store is not: exit 3; with the store's positions it goes on.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
seq 1000 | topic write "$in"
start job.conf
wait_for_lines "$out" 1000
stop_cleanly
topic delete "weir-$pipeline-progress"
start job.conf
expect_exit 3
expect_text "$log" "weir checkpoints resolve $dir/checkpoints --use store"
"$weir_program" checkpoints resolve "$dir/checkpoints" --use store
seq 1001 2000 | topic write "$in"
start job.conf
wait_for_lines "$out" 2000
stop_cleanly
seq 2000 | LC_ALL=C sort >expected
values "$out" >actual
expect_same_lines expected actual
