# guarantee = at_least_once, killed three times: results may come twice, none is missing or wrong.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 300000
topic create "$out"
paced_ip_count_conf 50000
for _ in 1 2 3; do
	start job.conf --set pipeline.guarantee=at_least_once
	sleep_ms "$(random_between 700 1500)"
	kill_supervisor
done
run_to_end job.conf --set pipeline.guarantee=at_least_once
expect_restored_checkpoints
judgement >judgement || true
cat judgement
for what in lost '  missing' '  with another count' '  foreign'; do
	grep -q "^$what .* 0\$" judgement || fail "not at least once: $(grep "^$what" judgement)"
done
