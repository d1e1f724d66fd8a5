# Killed where it passes kafka_sink_marker_written.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at kafka_sink_marker_written 1 4
