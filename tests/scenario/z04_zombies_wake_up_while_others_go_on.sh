# A chain of zombies: each instance is stopped at a random moment, the next takes over on a copy of its checkpoints,
# the stopped one wakes up, exits 4 and has written nothing.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"

n_zombies=$(long 3 50)
access_log --create --lines $((n_zombies * 100000)) --addresses 200
topic create "$out"
paced_ip_count_conf 20000
start job.conf
wait_for_text running
for n in $(seq "$n_zombies"); do
	sleep_ms "$(random_between 300 1500)"
	stopped=$(child)
	take_over_from_stopped "$dir/checkpoints.$n" "$(ls -dv checkpoints* | tail -n 1)"
done
stop_cleanly
ip_count_conf
run_to_end job.conf --set "pipeline.checkpoint.directory=$dir/checkpoints.$n"
judge
echo "saw: $n_zombies wake-ups, lost 0, doubled 0"
