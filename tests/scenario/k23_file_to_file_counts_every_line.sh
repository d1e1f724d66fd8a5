# file -> ip_count -> file: no Kafka, the synced store decides. Killed five times, each start at another
# parallelism.
. "$(dirname "$0")/../lib/scenario.sh"

file_to_file_job
for _ in 1 2 3 4 5; do
	start job.conf --set pipeline.parallelism="$(random_between 1 4)"
	sleep_ms "$(random_between 300 1000)"
	kill_supervisor
done
run_to_end job.conf --set pipeline.parallelism=4
expect_restored_checkpoints
expect_parts_count_the_lines
