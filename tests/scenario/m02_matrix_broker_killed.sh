# The broker gets SIGKILL while weir stands at a failpoint, and comes back while weir goes on: it ends by itself.
# limit: 150
# long limit: 4500
. "$(dirname "$0")/../lib/matrix.sh"

status_after_fault=0
fault()
{
	own kill
	resume_weir
	own start >/dev/null
}

eager_broker_properties
own_broker
run_matrix "$(long 2 0)" "$(long 1 3)"
