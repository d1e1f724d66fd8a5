# Killed where it passes kafka_sink_before_marker.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at kafka_sink_before_marker 1 4
