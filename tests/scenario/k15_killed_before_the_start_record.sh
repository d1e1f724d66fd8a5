# Killed where it passes kafka_sink_start_record.
. "$(dirname "$0")/../lib/scenario.sh"

killed_at kafka_sink_start_record 1
