# The broker stands still for longer than the transaction may last, from when weir is at a failpoint: weir ends by itself.
# limit: 120
# long limit: 3000
. "$(dirname "$0")/../lib/matrix.sh"

status_after_fault=0
fault()
{
	own pause
	resume_weir
	sleep $((transaction_seconds + 1))
	own resume
	tally "broker SIGSTOP beyond the transaction timeout"
}

eager_broker_properties
own_broker
run_matrix "$(long 3 0)" "$(long 1 2)"
