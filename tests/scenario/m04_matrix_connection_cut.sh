# All connections are cut while weir stands at a failpoint, and new ones refused for up to two seconds: weir ends by itself.
# limit: 120
# long limit: 2400
. "$(dirname "$0")/../lib/matrix.sh"

status_after_fault=0
fault()
{
	proxy refuse
	proxy cut all
	resume_weir
	sleep_ms "$(random_between 0 2000)"
	proxy accept
	tally "connection cut"
}

eager_broker_properties
proxied_broker
run_matrix "$(long 4 0)" "$(long 1 2)"
