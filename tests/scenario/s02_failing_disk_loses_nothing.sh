# Any write, sync, rename or whatever else it asks of the disk fails once: it goes back to the last checkpoint.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/disk.sh"

disk_job 20000 1000000000
sed -i 's/interval = "200ms"/interval = "10ms"/; s/per_second = [0-9]*/per_second = 200000/' fast.conf
fail_each EIO write,create,mkdir,rename,unlink,truncate,sync
fail_each ENOSPC write,create,mkdir,allocate,sync
fail_each EDQUOT write,create
fail_each SHORT write
fail_each EIO sync
fail_each EMFILE open
[ $((n_struck * 10)) -ge $((n_runs * 7)) ] || fail "only $n_struck of $n_runs runs met a fault"
echo "saw: faults $n_struck"
expect_nothing_lost
