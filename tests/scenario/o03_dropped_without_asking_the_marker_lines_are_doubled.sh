# rule_drop_only_without_marker off: a PENDING checkpoint that was committed is dropped and replayed (k13 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_drop_only_without_marker killed_once_at kafka_sink_after_commit
judge_finds doubled
