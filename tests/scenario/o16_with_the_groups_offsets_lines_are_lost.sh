# rule_positions_from_checkpoint off: a group offset that somebody has moved decides (r15 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
seq 1001 2000 | topic write "$in"
topic commit "$in" --group "weir-$pipeline" --offset 1500
WEIR_FAIL=rule_positions_from_checkpoint:always:error goes_on_with 1500
