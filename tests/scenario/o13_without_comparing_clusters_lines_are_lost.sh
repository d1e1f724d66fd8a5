# rule_same_cluster off: positions of one cluster are used in another. The last record read still tells; where it is not
# compared either, lines are lost (r04 has it on).
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
first=$bootstrap
own_broker
topic create "$in"
seq 5001 7000 | topic write "$in"
second=$bootstrap bootstrap=$first
moved=(--set "source.bootstrap_servers=$second")
WEIR_FAIL=$(off rule_same_cluster) expect_refusal "${moved[@]}"
expect_text "$log" "the last record read is another one now"
WEIR_FAIL=$(off rule_same_cluster rule_last_record_is_compared) start job.conf "${moved[@]}"
wait_for_lines "$out" 2000
stop_cleanly
values "$out" >actual
[ "$(grep -c '^5[0-9][0-9][0-9]$' actual)" -le 1 ] || fail "no line of the other cluster was skipped"
