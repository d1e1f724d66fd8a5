# Killed where it passes file_sink_renamed: the part is renamed and its directory not synced.
. "$(dirname "$0")/../lib/scenario.sh"

file_job_killed_at file_sink_renamed 1 3
