# The checkpoint directory is gone, the progress topic is not: exit 3; with the marker's positions it goes on.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
seq 1000 | topic write "$in"
start job.conf
wait_for_lines "$out" 1000
stop_cleanly
mv checkpoints lost
start job.conf
expect_exit 3
expect_text "$log" "weir checkpoints resolve $dir/checkpoints --use marker"
[ "$(topic records "$out")" = 1000 ] || fail "a refused start has written something"
"$weir_program" checkpoints resolve "$dir/checkpoints" --use marker
seq 1001 2000 | topic write "$in"
start job.conf
wait_for_lines "$out" 2000
stop_cleanly
seq 2000 | LC_ALL=C sort >expected
values "$out" >actual
expect_same_lines expected actual
