# While the first runs, a second start says who holds the store; the first is not disturbed.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 500000
topic create "$out"
paced_ip_count_conf 100000
start job.conf
first=$weir
wait_for_lines "$out" 1
start job.conf --set pipeline.restart.attempts=0
expect_exit 3
expect_text "$log" "$dir/checkpoints"
expect_text "$log" "is held by process"
weir=$first
expect_exit 0
judge
