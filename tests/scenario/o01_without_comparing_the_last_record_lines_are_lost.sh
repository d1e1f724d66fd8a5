# rule_last_record_is_compared off: a source topic that was made anew is gone on with at the old offset (r06 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
topic delete "$in"
topic create "$in"
seq 5001 8000 | topic write "$in"
WEIR_FAIL=rule_last_record_is_compared:always:error goes_on_with 3000
values "$out" >actual
[ "$(grep -c '^5[0-9][0-9][0-9]$' actual)" = 0 ] || fail "the first 1000 lines of the new topic were read"
