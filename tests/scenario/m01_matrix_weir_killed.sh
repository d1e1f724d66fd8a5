# weir gets SIGKILL while it stands at a failpoint: every point in every phase (short form: a choice of them).
# limit: 90
# long limit: 3600
. "$(dirname "$0")/../lib/matrix.sh"

status_after_fault=1
fault()
{
	kill -KILL "$stopped"
	tally "SIGKILL at failpoints"
}

run_matrix "$(long 6 0)" "$(long 1 9)"
