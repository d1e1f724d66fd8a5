# The nth allocation of the pipeline process fails: it goes back, or ends and is restarted, and counts every line once.
# limit: 120
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

# RocksDB, in C++, ends the process where it gets no memory, or follows a NULL; ours may not.
n_restarts=0 n_own_crashes=0
fail_allocations()
{
	local nth
	injected INJECT_MALLOC=0 INJECT_TOTAL="$dir/total" "${@:2}"
	rm -rf "$disk"/*
	run_and_count fast.conf || fail "it does not even run without faults"
	for nth in $(numbers 1 "$(n_counted)" "$1"); do
		injected INJECT_MALLOC="$nth" "${@:2}"
		rm -rf "$disk"/*
		run_and_count fast.conf || keep_log "allocation-$nth"
		n_struck=$((n_struck + $(grep -c "inject: allocation" run.log || true)))
		n_restarts=$((n_restarts + $(grep -c "restart 1 of 3" run.log || true)))
		if grep "inject: signal" run.log | grep -qv " in lib"; then
			n_own_crashes=$((n_own_crashes + 1))
			keep_log "crash-$nth"
		fi
	done
}

disk_job 20000 1000000000
sed -i 's/interval = "200ms"/interval = "20ms"/; s/per_second = [0-9]*/per_second = 400000/; s/delay = "300ms"/delay = "10ms"/' fast.conf
fail_allocations "$(long 15 500)" INJECT_MALLOC_NOT=libstdc++
fail_allocations "$(long 5 200)"
[ $((n_struck * 10)) -ge $((n_runs * 7)) ] || fail "only $n_struck of $n_runs runs met a fault"
echo "saw: allocations failed $n_struck, restarts $n_restarts, crashes of our own $n_own_crashes"
expect_nothing_lost
[ $n_own_crashes = 0 ] || fail "a NULL was followed"
