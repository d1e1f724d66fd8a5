# rule_store_lock off: only RocksDB's own lock is left, and a second start cannot say who holds the store (z02 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copy_conf
start job.conf
first=$weir
wait_for_text running
WEIR_FAIL=rule_store_lock:always:error start job.conf --set pipeline.restart.attempts=0
until_true 20 grep -qE "lock" "$log" || fail "RocksDB's lock did not hold"
! grep -qF "is held by process" "$log" || fail "the lock was looked at"
kill -TERM "$weir"
weir=$first
stop_cleanly
