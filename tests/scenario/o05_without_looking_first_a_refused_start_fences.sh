# rule_look_before_fencing off: a start that is refused ends the healthy instance (r14 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
seq 1000 | topic write "$in"
start job.conf
first=$weir
wait_for_lines "$out" 1000
WEIR_FAIL=rule_look_before_fencing:always:error expect_refusal --set "pipeline.checkpoint.directory=$dir/other"
seq 1001 1010 | topic write "$in"
weir=$first
expect_exit 4
