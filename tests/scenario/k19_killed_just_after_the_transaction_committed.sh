# Killed where it passes kafka_sink_after_commit.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at kafka_sink_after_commit 1 4
