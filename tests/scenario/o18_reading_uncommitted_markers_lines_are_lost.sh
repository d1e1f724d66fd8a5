# rule_progress_is_read_committed off: the marker of a transaction that was never committed decides (k12 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_progress_is_read_committed killed_once_at checkpoint_after_pending
judge_finds lost
