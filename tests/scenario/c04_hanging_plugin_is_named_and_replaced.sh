# A plugin that never comes back: the checkpoint times out, the log says who hangs where, and a new process goes on.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000
topic write "$in" <<<"2019-09-15_16:23:40 10.9.9.9"
topic create "$out"
ip_count_conf
chaos "trigger = \"2019-09-15_16:23:40 10.9.9.9\"; action = \"hang\"; once = \"$dir/hung\";"
run_limit=100 run_to_end job.conf --set pipeline.checkpoint.timeout=2s
[ -e hung ] || fail "the plugin did not hang"
expect_text "$log" "plugin 'chaos' (transforms[0]) does not come back from process()"
judge
