# Killed where it passes checkpoint_barrier_injected.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at checkpoint_barrier_injected 1 4
