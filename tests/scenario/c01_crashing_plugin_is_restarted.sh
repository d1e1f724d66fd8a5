# A plugin that crashes, or ends the process as if all were well, takes down its pipeline process and nothing else: it is restarted, and every line counted.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000
topic write "$in" <<<"2019-09-15_16:23:40 10.9.9.9"
results=$out
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0 # a build with sanitizers must not turn the signal into an exit
for action in segfault abort exit fatal; do
	out=$results-$action
	topic create "$out"
	ip_count_conf
	chaos "trigger = \"2019-09-15_16:23:40 10.9.9.9\"; action = \"$action\"; once = \"$dir/$action\";"
	run_to_end job.conf --set "pipeline.checkpoint.directory=$dir/checkpoints-$action" --set "pipeline.name=$pipeline-$action"
	[ -e "$action" ] || fail "the plugin did not $action"
	judge
done
expect_text weir.1.log "killed by signal 11"
