# A transform that says "abort" throws the pipeline back to the last checkpoint, without a new process.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000
topic write "$in" <<<"2019-09-15_16:23:40 10.9.9.9"
topic create "$out"
ip_count_conf
chaos "trigger = \"2019-09-15_16:23:40 10.9.9.9\"; action = \"spoil\"; once = \"$dir/spoilt\";"
run_to_end job.conf --set pipeline.restart.attempts=0
[ -e spoilt ] || fail "the plugin did not spoil the checkpoint"
judge
