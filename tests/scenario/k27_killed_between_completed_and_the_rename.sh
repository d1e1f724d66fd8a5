# Where the store decides: killed after COMPLETED is on disk and before the part appears.
. "$(dirname "$0")/../lib/scenario.sh"

file_job_killed_at checkpoint_after_completed_before_commit 1 4
