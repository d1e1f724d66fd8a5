# file -> ip_count -> file: no Kafka, the synced store decides. Killed five times.
. "$(dirname "$0")/../lib/scenario.sh"

file_to_file_job
for _ in 1 2 3 4 5; do
	start job.conf
	sleep_ms "$(random_between 300 1000)"
	kill_supervisor
done
run_to_end job.conf
expect_restored_checkpoints
expect_parts_count_the_lines
