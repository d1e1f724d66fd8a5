# More tasks than partitions.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000 --addresses 1000
topic create "$out"
ip_count_conf
run_to_end job.conf --set pipeline.parallelism=4
judge
