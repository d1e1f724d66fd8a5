# Killed where it passes file_sink_prepared: the part is prepared and has no PENDING checkpoint yet.
. "$(dirname "$0")/../lib/scenario.sh"

file_job_killed_at file_sink_prepared 1 3
