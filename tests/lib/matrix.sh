# Sourced by tests/scenario/m*.sh: a run that stops itself at each failpoint, in each phase, and one fault that is
# made while it stands there.
#
#   first     the first time a run passes the point: with checkpoint 0, before the first record, for most of them
#   steady    some checkpoints later
#   restart   the first time after a SIGKILL and a restart
#   last      with the last checkpoint of a bounded run
#   sigterm   with the last checkpoint that SIGTERM asks for
#
# A scenario gives `fault`, a function that is called with the weir in state T, and has to set it going again
# (resume_weir) or kill it. Each cell of the matrix is a pipeline with a judgement of its own; all of them read $in.
. "$(dirname "$0")/../lib/scenario.sh"

points=(checkpoint_barrier_injected checkpoint_before_pending checkpoint_after_pending checkpoint_after_commit
	checkpoint_after_completed kafka_sink_before_marker kafka_sink_marker_written kafka_sink_before_commit
	kafka_sink_after_commit kafka_sink_start_record)
n_cells=0 failed_cells=()

all_cells()
{
	for point in "${points[@]}"; do
		for phase in first steady restart last sigterm; do
			# A start record is written once in a run: nothing is steady or last about it.
			[[ $point/$phase != kafka_sink_start_record/[sl]* ]] || continue
			echo "$point $phase"
		done
	done
}

# The cells in an order that the seed gives; so many of them, or all where N is 0.
shuffled_cells()
{
	all_cells | shuf --random-source=<(yes "$WEIR_SEED $2") | if [ "$1" = 0 ]; then cat; else head -n "$1"; fi
}

# Where the point is passed for the NTH time. The checkpoint before the first record has no barrier.
nth_of()
{
	case $2 in
	first | restart) echo 1 ;;
	steady) echo "$((3 + n_cells % 2))" ;;
	last | sigterm) [ "$1" = checkpoint_barrier_injected ] && echo 1 || echo 2 ;;
	esac
}

cell_conf()
{
	rm -rf checkpoints
	if [ "$1" = last ]; then
		ip_count_conf # ends before its first interval does
		options=(--set pipeline.checkpoint.interval=1600ms --set sink.transaction_timeout=5s)
		transaction_seconds=5
	else
		paced_ip_count_conf 5000
		options=(--set pipeline.checkpoint.interval="$([ "$1" = sigterm ] && echo 600ms || echo 100ms)"
			--set sink.transaction_timeout=2s)
		transaction_seconds=2
	fi
	# librdkafka would wait for up to ten seconds with a broker that is back.
	sed -i 's/plugin = "kafka";/& client = { reconnect_backoff_max_ms = 500; };/' job.conf
	options+=(--set pipeline.restart.attempts=0)
}

# Starts weir and waits until it stands at the point.
start_and_reach()
{
	local point=$1 phase=$2
	WEIR_FAIL=$point:$(nth_of "$point" "$phase"):stop start job.conf "${options[@]}"
	stopped=$(child)
	if [ "$phase" = sigterm ]; then
		wait_for_text running
		kill -TERM "$weir"
	fi
	until_true 20 is_stopped "$stopped" || fail "it did not come to $point"
}

resume_weir()
{
	kill -CONT "$stopped"
}

cell()
{
	local point=$1 phase=$2
	topic create "$out"
	cell_conf "$phase"
	if [ "$phase" = restart ]; then
		WEIR_FAIL=checkpoint_before_pending:3:kill start job.conf "${options[@]}"
		expect_exit 1
		tally "SIGKILL at failpoints"
	fi
	start_and_reach "$point" "$phase"
	fault
	# A run that was killed, or asked to stop, has not read everything.
	until_true 60 is_gone "$weir" || fail "it does not come to its end after the fault"
	local status=0
	wait "$weir" || status=$?
	[ $status = "$status_after_fault" ] || fail "weir exited with $status, expected $status_after_fault"
	if [ $status != 0 ] || [ "$phase" = sigterm ]; then
		run_to_end job.conf "${options[@]}"
	fi
	judge_quietly
}

kill_started()
{
	local status=$?
	trap - EXIT
	kill_all_started
	[ $status -eq 0 ] || show_logs
	exit $status
}

# In a process of its own: where one cell fails, the others are tried all the same.
run_cell()
{
	n_cells=$((n_cells + 1))
	echo "cell $n_cells: $1 $2"
	cell_seed=$(random_between 0 32767)
	(
		trap kill_started EXIT
		RANDOM=$cell_seed
		started=()
		pipeline=$pipeline-$n_cells
		out=$pipeline-out
		cell "$1" "$2"
	) &
	if ! wait $!; then
		failed_cells+=("$1/$2")
		mkdir "failed.$n_cells"
		mv weir.*.log judgement job.conf checkpoints "failed.$n_cells" 2>/dev/null || true
	fi
	rm -f weir.*.log
}

# run_matrix CELLS ROUNDS: so many cells of the matrix (0: all), so many times.
run_matrix()
{
	access_log --create --lines 8000 --addresses 50 --lines-per-second 200
	for round in $(seq "$2"); do
		while read -r point phase <&3; do
			run_cell "$point" "$phase"
		done 3< <(shuffled_cells "$1" "$round")
	done
	echo "saw: $n_cells cells"
	[ ${#failed_cells[@]} -eq 0 ] || fail "${#failed_cells[@]} cells failed: ${failed_cells[*]}"
}

# Brokers of the matrix look for transactions that have timed out more often than every ten seconds.
eager_broker_properties()
{
	echo "transaction.abort.timed.out.transaction.cleanup.interval.ms=200" >broker.properties
	export WEIR_BROKER_PROPERTIES=$dir/broker.properties
}
