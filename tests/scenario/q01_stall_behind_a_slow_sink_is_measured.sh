# A sink that takes 30 ms for each batch holds the source up: its checkpoints tell a stall of that length, and how long the barrier was under way.
. "$(dirname "$0")/../lib/scenario.sh"

{
	pipeline_group
	echo 'source = { plugin = "generator"; };'
	echo 'sink = { plugin = "chaos"; slow = "30ms"; };'
} >job.conf
start job.conf --set pipeline.guarantee=at_least_once --log-level debug
has_told_two_stalls()
{
	[ "$(grep -c ': reading stood still' "$log")" -ge 2 ]
}
until_true 60 has_told_two_stalls || fail "no stall was told twice"
stop_cleanly 60
expect_text "$log" 'source: first records read'
stalls=$(sed -n 's/.* source: checkpoint [0-9]*: reading stood still for \([0-9]*\) us at most.*/\1/p' "$log" | sort -n)
durations=$(sed -n 's/.* checkpoint: checkpoint [1-9][0-9]*: \([0-9]*\) ms, [0-9]* changed keys, .*/\1/p' "$log" | sort -n)
echo "saw: stalls of $(echo $stalls) us, checkpoints of $(echo $durations) ms"
[ "$(head -n 1 <<<"$stalls")" -ge 29000 ] || fail "a stall of 30 ms was not seen"
[ "$(tail -n 1 <<<"$durations")" -ge 1000 ] || fail "no checkpoint waited for the batches in front of it"
