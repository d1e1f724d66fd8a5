# The soak, ./bootstrap soak: the reference job goes on through mixed faults; every line written is counted once,
# memory and descriptors stay flat.
# limit: 180
# long limit: 1200
. "$(dirname "$0")/../lib/scenario.sh"

# In the first half processes are killed and stopped too. In the second half one pipeline process lives through all
# that it is expected to survive, and is measured: the peak of its last third may be 10 % above that of the first.
seconds=${WEIR_SOAK_SECONDS:-$(long 30 600)} rate=${WEIR_SOAK_RATE:-$(long 20000 200000)}
n_faults=0 parallelism=1

start_weir()
{
	start job.conf --set pipeline.parallelism="$parallelism"
}

# One fault at random out of the first N.
make_fault()
{
	n_faults=$((n_faults + 1))
	case $(random_between 1 "$1") in
	1 | 2 | 3)
		kill -STOP "$(child)"
		sleep_ms "$(random_between 100 2000)"
		kill -CONT "$(child)"
		tally "SIGSTOP and SIGCONT of weir or the broker" ;;
	4)
		own pause
		sleep_ms "$(random_between 1000 7000)"
		own resume
		tally "SIGSTOP and SIGCONT of weir or the broker" ;;
	5)
		own kill
		own start >/dev/null ;;
	6 | 7 | 8 | 9)
		kill_child ;;
	10)
		kill_supervisor
		start_weir ;;
	11)
		stop_cleanly 60
		parallelism=$(random_between 1 3)
		start_weir
		tally "SIGTERM and a restart" ;;
	esac
}

# Resident KiB and descriptors of the pipeline process and the supervisor.
sample()
{
	local pid
	for pid in "$(child)" "$weir"; do
		awk '/^VmRSS/ {printf "%d ", $2}' "/proc/$pid/status"
		printf '%d ' "$(ls "/proc/$pid/fd" | wc -l)"
	done
	echo
}

# expect_flat COLUMN NAME ALLOWED: in samples, peaks of the last third beside those of the first.
expect_flat()
{
	awk -v column="$1" -v name="$2" -v allowed="$3" '{v[NR] = $column}
	END {
		for (i = 1; i <= NR; i++) {
			if (i <= NR / 3 && v[i] > first) first = v[i]
			if (i > NR - NR / 3 && v[i] > last) last = v[i]
		}
		printf "saw: %s %d then %d\n", name, first, last
		exit last > first * 1.1 + allowed
	}' samples || fail "$2 is not flat: see the peaks of the first and the last third above"
}

say_how_it_goes()
{
	[ $SECONDS -ge "$next_line" ] || return 0
	next_line=$((next_line + 60))
	echo "$((SECONDS / 60)) min: $n_faults faults; KiB and descriptors of pipeline and supervisor: $(sample);" \
		"$(grep -h 'progress:' weir.*.log | tail -n 1 | sed 's/.*progress: [^ ]* //')"
}

# run_for SECONDS: without a fault
run_for()
{
	local until=$((SECONDS + $1))
	while [ $SECONDS -lt $until ]; do
		sleep 1
		sample >>samples
	done
	say_how_it_goes
}

own_broker
ip_count_conf
sed -i -e 's/ stop = "latest";//' -e 's/plugin = "kafka"; bootstrap/client = { reconnect_backoff_max_ms = 1000; }; &/' \
	-e 's/attempts = 3/attempts = 1000000/' -e 's/interval = "200ms"/interval = "1s"/' job.conf
sed -i '/^sink = /s/};$/transaction_timeout = "5s"; };/' job.conf
topic create "$out" --partitions 2
topic create "$in" --partitions 2
lines=$((rate * seconds))
"$WEIR_BUILD/tests/tools/access_log" --bootstrap-servers "$bootstrap" --topic "$in" --lines $lines --rate "$rate" \
	--lines-per-second "$rate" --seed "$WEIR_SEED" >access_log.out 2>&1 &
generator=$!
started+=("$generator")
start_weir
wait_for_text running
SECONDS=0 next_line=60
while [ $SECONDS -lt $((seconds / 2)) ]; do
	run_for "$(random_between 1 4)"
	make_fault 11
done
child >/dev/null
run_for 3
own pause
sleep 2
own resume
run_for 3
rm samples
survivor=$(child)
while ! is_gone "$generator"; do
	run_for "$(random_between 2 6)"
	make_fault 5
done
wait "$generator" || { cat access_log.out; fail "the generator could not write its lines"; }
[ "$(child)" = "$survivor" ] || fail "the pipeline process did not survive the second half"

# Lines of an hour later close the windows of all others; when their own results come, closed by lines of yet
# another hour, everything has been read.
first_time=1568564610
later=$((first_time + seconds + 3600 - (first_time + seconds) % 5))
access_log --lines 200 --start-time $later
access_log --lines 200 --start-time $((later + 3600))
later_results_are_there()
{
	[ "$(topic show "$out" | grep -cF "$(date -u -d "@$later" +%Y-%m-%d_%H:%M:%S) ")" -gt 0 ]
}
until_true 120 later_results_are_there || fail "not everything was read within two minutes"
stop_cleanly 60
judge --open-windows ignore
counted=$(awk '/^lines counted/ {print $3}' judgement)
[ "$counted" = $((lines + 200)) ] || fail "$((lines + 200)) lines were written, $counted are counted"
echo "saw: $n_faults faults in $seconds s at $rate lines/s"
# Too few samples say nothing.
if [ "$(wc -l <samples)" -ge 60 ]; then
	expect_flat 1 "KiB of the pipeline process" 2048
	expect_flat 2 "the pipeline process's descriptors" 2
	expect_flat 3 "KiB of the supervisor" 512
	expect_flat 4 "the supervisor's descriptors" 1
else
	echo "saw: $(wc -l <samples) samples, too few to judge memory by"
fi
