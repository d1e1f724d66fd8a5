# One task follows the watermark of the slowest partition.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 4 --lines 100000 --addresses 1000
topic create "$out"
ip_count_conf
run_to_end job.conf
judge
