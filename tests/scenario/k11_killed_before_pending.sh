# Killed where it passes checkpoint_before_pending.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at checkpoint_before_pending 1 4
