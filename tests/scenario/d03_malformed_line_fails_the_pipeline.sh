# on_error = fail, the default: exit 1, and the message says which record.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 1000
topic write "$in" <<<"not a log line"
topic create "$out"
ip_count_conf
start job.conf --set pipeline.restart.attempts=1
expect_exit 1
expect_text "$log" "$in"
expect_text "$log" "1000"
judge_nothing=$(topic records "$out")
[ "$judge_nothing" -le 0 ] || echo "saw: $judge_nothing results before the malformed line"
