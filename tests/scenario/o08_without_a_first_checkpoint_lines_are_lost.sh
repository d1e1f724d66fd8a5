# rule_first_checkpoint_before_records off: where "latest" was is forgotten with the first crash (k28 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_first_checkpoint_before_records killed_before_the_first_results
[ "$(topic records "$out")" -lt 2000 ] || fail "no line was lost"
