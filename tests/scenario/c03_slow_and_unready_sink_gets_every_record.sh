# A sink that answers "retry", is slow, and spoils checkpoints: every record arrives.
. "$(dirname "$0")/../lib/scenario.sh"

seq 20000 >lines
{
	pipeline_group
	echo "source = { plugin = \"file\"; path = \"$dir/lines\"; stop = \"latest\"; };"
	echo 'sink = { plugin = "chaos"; slow = "20ms"; retry_writes = 3; spoil_once = "spoilt"; };'
} >job.conf
run_to_end job.conf --set pipeline.guarantee=at_least_once
[ -e spoilt ] || fail "the sink did not spoil the checkpoint"
taken=$(sed -n 's/.*chaos: \([0-9]*\) records taken.*/\1/p' "$log" | tail -n 1)
[ "${taken:-0}" -ge 20000 ] || fail "the sink took ${taken:-no} records of 20000"
