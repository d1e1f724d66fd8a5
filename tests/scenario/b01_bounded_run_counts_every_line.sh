# The reference job from one partition, at parallelism 1, to the end of the topic.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines "$(long 200000 2000000)" --addresses 1000 --ipv6 100000
topic create "$out"
ip_count_conf
run_to_end job.conf
judge
