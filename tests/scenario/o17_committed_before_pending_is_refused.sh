# rule_pending_before_commit off: killed behind the commit, the store knows nothing of what was committed, and the next
# start is refused (k11 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_pending_before_commit killed_once_at checkpoint_before_pending
expect_text "$log" "The store is older"
