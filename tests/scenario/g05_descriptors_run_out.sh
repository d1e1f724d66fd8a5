# Too few descriptors are refused at the start with the limit and what to do, exit 2; just enough are enough; and where a plugin leaks them all, a new process goes on.
. "$(dirname "$0")/../lib/scenario.sh"

for limit in 5 12 32 63; do
	numbers_job 'records = 1000;'
	(ulimit -n $limit && exec "$weir_program" run job.conf) >weir.$limit.log 2>&1 && fail "it ran with $limit descriptors"
	[ $? = 2 ] || fail "with $limit descriptors weir ended with another status than 2"
	grep -qiE "at most $limit files may be open|too many open files" weir.$limit.log || fail "no clear error with $limit descriptors"
	[ ! -e checkpoints ] || fail "it began all the same"
done
access_log --create --lines 50000
topic create "$out"
ip_count_conf
sed -i "s,$dir/checkpoints,&-kafka," job.conf
(ulimit -n 64 && exec "$weir_program" run job.conf) >weir.64.log 2>&1 || fail "64 descriptors are too few"
judge

numbers_job 'records = 60000; per_second = 30000;' "trigger = \"30000\"; action = \"exhaust\"; once = \"$dir/once\";"
(ulimit -n 256 && exec "$weir_program" run job.conf) >weir.256.log 2>&1 || fail "weir ended with status $?"
expect_text weir.256.log "this process has too many files open"
expect_text weir.256.log "restart 1 of 3"
expect_numbers 60000
