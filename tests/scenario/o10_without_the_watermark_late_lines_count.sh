# rule_watermark_in_checkpoint off: a line late for good opens its window again behind a restart (w04 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_watermark_in_checkpoint late_line_behind_a_restart
[ "$(topic show "$out" | grep -c '16:23:30 10.0.0.1 1')" = 2 ] || fail "the window was not written again"
