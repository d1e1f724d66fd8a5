# Killed where it passes checkpoint_after_completed.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at checkpoint_after_completed 1 4
