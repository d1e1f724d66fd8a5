# Killed where it passes checkpoint_after_pending.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at checkpoint_after_pending 1 4
