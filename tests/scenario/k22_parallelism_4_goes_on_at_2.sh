# State of four tasks is restored by two, and then by three.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 4 --lines 400000 --addresses 5000
topic create "$out"
paced_ip_count_conf 60000
for parallelism in 4 2; do
	start job.conf --set pipeline.parallelism=$parallelism
	sleep_ms "$(random_between 1200 1800)"
	kill_supervisor
done
run_to_end job.conf --set pipeline.parallelism=3
expect_restored_checkpoints
judge
