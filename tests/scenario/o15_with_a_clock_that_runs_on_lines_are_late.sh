# rule_idle_clock_stands_with_the_process off: partitions seem idle after the process stood still, and their lines come
# late (w03 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

export WEIR_FAIL=rule_idle_clock_stands_with_the_process:always:error
lines_come_while_the_process_stands_still
stop_cleanly
judge_finds lost --open-windows ignore
