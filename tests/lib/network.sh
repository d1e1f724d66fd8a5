# Sourced by scenarios that make a network misbehave, behind scenario.sh.

n_written=0 n_hits=0

# write_lines N: the next N numbers become lines of $in.
write_lines()
{
	seq $((n_written + 1)) $((n_written + $1)) | topic write "$in"
	n_written=$((n_written + $1))
}

# next_hit RULE: gives the rule to the proxy and waits until there was a request for it.
next_hit()
{
	proxy "$@"
	n_hits=$((n_hits + 1))
	wait_for_proxy "hit $n_hits " 1 60
}

# Copies lines through the proxy; the first thousand are committed.
copy_through_proxy()
{
	proxied_broker
	topic create "$in"
	topic create "$out"
	copy_conf
	write_lines 1000
	start job.conf --set pipeline.restart.attempts=0 --set pipeline.checkpoint.interval=500ms
	wait_for_lines "$out" 1000
}

# The transaction is kept open by its last but one request; true when there are lines in it.
open_transaction_with_lines()
{
	write_lines 500
	next_hit hold AddOffsetsToTxn
	[ "$(topic records "$out" --uncommitted)" -gt "$(topic records "$out")" ]
}

# KAFKA-17754: the EndTxn of a transaction is held by the network, weir sends it again on a new connection and goes
# on; the held one arrives when the next transaction is open and has lines in it. Sets $late_error, the broker's
# answer to it, and $leaked, how many lines became visible by it. The next transaction stays open.
late_end_txn()
{
	local late before
	next_hit hold EndTxn
	late=$n_hits
	proxy cut all
	# Where they came just behind a checkpoint, its transaction has them: once more.
	until open_transaction_with_lines; do
		proxy release $n_hits
	done
	before=$(topic records "$out")
	proxy release "$late"
	wait_for_proxy "answered $late: "
	late_error=$(sed -n "s/^answered $late: error //p" proxy.log)
	sleep 0.1
	leaked=$(($(topic records "$out") - before))
	tally "late EndTxn"
}

# Every line once, and nothing else.
expect_lines_once()
{
	wait_for_lines "$out" "$n_written" 60
	stop_cleanly
	seq "$n_written" | LC_ALL=C sort >expected
	values "$out" >actual
	expect_same_lines expected actual
}

# count_through_proxy SECONDS [ARGUMENT...]: the reference job with work for so long, as far as its first results.
count_through_proxy()
{
	proxied_broker
	count "$@"
}

# The same through a listener of the broker that is for weir alone.
count_through_listener()
{
	direct=$(WEIR_BROKER_HEAP=256m WEIR_BROKER_PROXIED=self own start)
	read -r bootstrap _ <broker/proxied
	count "$@"
}

count()
{
	access_log --create --lines $((10000 * $1)) --lines-per-second 200 --addresses 20
	topic create "$out"
	paced_ip_count_conf 10000
	start job.conf --set pipeline.restart.attempts=0 "${@:2}"
	wait_for_lines "$out" 1
}

# What is left is counted at full speed, in a run that goes on from the last checkpoint.
expect_counted_once()
{
	! is_gone "$weir" || fail "weir has ended before the network was well again"
	stop_cleanly 60
	ip_count_conf
	run_to_end job.conf
	judge
}
