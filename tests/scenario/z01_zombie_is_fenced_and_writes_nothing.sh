# STOP weir, start a second one on a copy of its checkpoints, CONT the first: it exits 4 and has written nothing.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 400000
topic create "$out"
paced_ip_count_conf 100000
start job.conf
wait_for_lines "$out" 1
zombie=$weir zombie_log=$log
stopped=$(child)
kill -STOP "$zombie"
kill -STOP "$stopped"
cp -r checkpoints copy
start job.conf --set "pipeline.checkpoint.directory=$dir/copy"
sleep_ms 2000
kill -CONT "$stopped"
kill -CONT "$zombie"
tally "zombie wake-up"
second=$weir second_log=$log
weir=$zombie log=$zombie_log
expect_exit 4
weir=$second log=$second_log
expect_exit 0
judge
