# rule_marker_is_of_this_store off: another store's checkpoint of the same number is taken for ours (r12 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

two_stores_with_one_name
WEIR_FAIL=rule_marker_is_of_this_store:always:error goes_on_with $((3000 + 1000))
