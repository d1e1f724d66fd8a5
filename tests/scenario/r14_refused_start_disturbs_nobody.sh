# While an instance runs, another is started with an empty directory: it is refused before it has fenced anybody.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
seq 1000 | topic write "$in"
start job.conf
first=$weir first_log=$log
wait_for_lines "$out" 1000
expect_refusal --set "pipeline.checkpoint.directory=$dir/other"
seq 1001 2000 | topic write "$in"
wait_for_lines "$out" 2000
weir=$first log=$first_log
stop_cleanly
[ "$(grep -c "going back" "$log")" = 0 ] || fail "the running instance was disturbed"
seq 2000 | expect_lines
