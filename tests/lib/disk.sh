# Sourced behind scenario.sh by scenarios about disks and memory. $disk is the folder of checkpoints and parts,
# on which calls can be made to fail or be recorded (tests/inject).
disk=$dir/disk
record=$dir/record
expected=$dir/expected
n_runs=0 n_lost=0 n_doubled=0 n_refused=0 n_failed=0 n_struck=0
mkdir "$disk"

# disk_job LINES PER_SECOND: from file to file as job.conf, and as fast.conf without the pace.
disk_job()
{
	file_to_file_job
	sed -i "$(($1 + 1)),\$d" access.log
	sed -i "s,\"$dir/\(checkpoints\|parts\)\",\"$disk/\1\",; s,per_second = [0-9]*,per_second = $2," job.conf
	sed 's,per_second = [0-9]*,per_second = 1000000000,' job.conf >fast.conf
	expected_parts >"$expected"
}

# injected NAME=VALUE...: weir's calls below $disk from now on; without arguments it is left alone.
injected()
{
	weir_environment=()
	[ $# = 0 ] || weir_environment=(LD_PRELOAD="$WEIR_BUILD/tests/inject/.libs/inject.so" INJECT_BELOW="$disk" "$@")
}

power_loss()
{
	"$WEIR_BUILD/tests/inject/power_loss" "$record" "$@"
}

# lose_power N VARIANT: $disk as it was after N recorded operations, but for what was not synced.
lose_power()
{
	rm -rf "$disk"
	power_loss "$1" "$2" "$(random_between 1 1000000)" "$disk"
}

random_variant()
{
	local variants=(dropped kept cut holes empty nameless)
	echo "${variants[$(random_between 0 5)]}"
}

# run_and_count FILE [ARGUMENT...]: in the foreground; what came of it is added to the figures. True unless it
# lost or doubled something, was refused, or failed.
run_and_count()
{
	local status=0 lost doubled
	n_runs=$((n_runs + 1))
	timeout --foreground "${run_limit:-60}" env "${weir_environment[@]}" "$weir_program" run "$@" >run.log 2>&1 || status=$?
	case $status in
	0) ;;
	3) n_refused=$((n_refused + 1)) && return 1 ;;
	*) n_failed=$((n_failed + 1)) && return 1 ;;
	esac
	cat "$disk"/parts/* 2>/dev/null | LC_ALL=C sort >actual || true
	lost=$(LC_ALL=C comm -23 "$expected" actual | wc -l)
	doubled=$(LC_ALL=C comm -13 "$expected" actual | wc -l)
	n_lost=$((n_lost + lost)) n_doubled=$((n_doubled + doubled))
	[ "$lost$doubled" = 00 ]
}

# The log of a run that did not end well, under a name that is kept.
keep_log()
{
	cp run.log "weir.$1.log"
	echo "$1: $(grep -E 'refused|failed' run.log | tail -n 1)"
}

saw_figures()
{
	echo "saw: runs $n_runs, lost $n_lost, doubled $n_doubled, refused $n_refused, failed $n_failed"
}

expect_nothing_lost()
{
	saw_figures
	[ "$n_lost$n_doubled$n_refused$n_failed" = 0000 ] || fail "not every run counted every line once"
}

# How many calls (or allocations) counted in the last run.
n_counted()
{
	cat total
}

# numbers FROM TO N: N of them, evenly, from a random one on.
numbers()
{
	local step=$((($2 - $1 + $3) / $3))
	seq $(($1 + RANDOM % step)) "$step" "$2"
}

# fail_each ERROR CALLS: a short job for each nth call that fails (a sample in the short form), none of which may
# lose anything or need a restart of the process. No two runs make quite as many calls: the last may strike nothing.
fail_each()
{
	local nth
	injected INJECT_CALLS="$2" INJECT_TOTAL="$dir/total"
	rm -rf "$disk"/*
	run_and_count fast.conf || fail "it does not even run without faults"
	for nth in $(numbers 1 "$(n_counted)" "$(long 8 1000)"); do
		injected INJECT_CALLS="$2" INJECT_ERROR="$1" INJECT_NTH="$nth"
		rm -rf "$disk"/*
		run_and_count fast.conf --set pipeline.restart.attempts=0 || keep_log "$1-$nth"
		n_struck=$((n_struck + $(grep -c "inject: call" run.log || true)))
	done
}

# In a mount namespace of its own, $disk can be a file system as small as one likes.
in_own_mounts()
{
	[ -n "${WEIR_OWN_MOUNTS:-}" ] || {
		trap - EXIT
		rm -rf "$dir"
		WEIR_OWN_MOUNTS=1 exec unshare --user --map-root-user --mount bash "$0"
	}
}
