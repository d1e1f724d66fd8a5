# Killed where it passes checkpoint_after_commit.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at checkpoint_after_commit 1 4
