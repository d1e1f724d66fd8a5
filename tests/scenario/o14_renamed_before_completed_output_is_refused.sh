# rule_completed_before_rename off: a part appears although its checkpoint is not completed; the sink finds out that
# it would have to take back what was seen (k26 and k27 have it on).
. "$(dirname "$0")/../lib/scenario.sh"

file_to_file_job
WEIR_FAIL=checkpoint_before_completed:4:kill,$(off rule_completed_before_rename) start job.conf --set pipeline.restart.attempts=0
expect_exit 1
expect_refusal
expect_text "$log" "belongs to a checkpoint that is to be undone, but it was published"
