# A pipeline that loses or doubles one line of 100,000 is found out: the tests that pass mean something.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000
topic write "$in" <<<"2019-09-15_16:23:40 10.9.9.9"
results=$out
for action in drop double; do
	out=$results-$action
	topic create "$out"
	ip_count_conf
	chaos "trigger = \"2019-09-15_16:23:40 10.9.9.9\"; action = \"$action\";"
	run_to_end job.conf --set "pipeline.checkpoint.directory=$dir/checkpoints-$action" --set "pipeline.name=$pipeline-$action"
	judgement >judgement && fail "the judge did not notice: $action"
	grep -E '^(lost|doubled) .* 1$' judgement || { cat judgement; fail "not one line: $action"; }
done
