# Lines of a producer's aborted transaction lie in the source topic: the reader skips them, and the bounded end is reached.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 50000
seq 1000 | sed "s,.*,2019-09-15_16:23:34 10.9.9.9," | topic write "$in" --abort
topic create "$out"
ip_count_conf
run_to_end job.conf
judge
