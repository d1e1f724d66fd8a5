# With the recycle rule switched off the same late EndTxn commits half a transaction, and the lines in it come twice.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/network.sh"

WEIR_FAIL=kafka_sink_skip_recycle:always:error copy_through_proxy
late_end_txn
rm tallies
[ "$late_error" = 0 ] || fail "the broker refused the late EndTxn: error $late_error"
[ "$leaked" -gt 0 ] || fail "nothing leaked"
kill_supervisor
rm tallies
start job.conf
wait_for_lines "$out" $((n_written + leaked)) 60
stop_cleanly
doubled=$(($(topic show "$out" | sort | uniq -d | wc -l)))
[ "$doubled" = "$leaked" ] || fail "$leaked lines leaked, but $doubled came twice"
echo "saw: $leaked lines of an open transaction became visible, $doubled came twice"
