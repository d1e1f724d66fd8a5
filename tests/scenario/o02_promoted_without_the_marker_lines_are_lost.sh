# rule_promote_only_with_marker off: a PENDING checkpoint whose transaction was aborted is believed (k12 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_promote_only_with_marker killed_once_at checkpoint_after_pending
judge_finds lost
