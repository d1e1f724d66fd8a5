# Keyed exchange, aligned barriers, watermarks of several partitions: the counts are the same.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 4 --lines "$(long 400000 4000000)" --addresses 1000
topic create "$out" --partitions 3
ip_count_conf
run_to_end job.conf --set pipeline.parallelism=4
judge
