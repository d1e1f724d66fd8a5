# rule_sink_aligns_barriers off: what a quick task gives behind its barrier goes into the transaction of the checkpoint
# before, and is given again after a crash (b02 and k22 have it on).
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 200000 --addresses 5 --lines-per-second 100
topic create "$out"
ip_count_conf
# Results pass slowly, and the tasks have different numbers of addresses.
sed -i 's/restart = /parallelism = 4; &/; s/^\(transforms = ( .*;\) } );$/\1 }, { plugin = "chaos"; per_second = 300; } );/' job.conf
export WEIR_FAIL=rule_sink_aligns_barriers:always:error
for nth in 3 3 3; do
	WEIR_FAIL=$WEIR_FAIL,kafka_sink_after_commit:$nth:kill start job.conf --set pipeline.restart.attempts=0
	expect_exit 1
done
run_to_end job.conf
judge_finds doubled
