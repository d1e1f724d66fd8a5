# Both partitions are read to their end; then the process stands still for longer than idle_timeout while
# lines arrive in both. Neither partition was idle, so none of its lines is late.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 2 --lines 4000 --lines-per-second 100
topic create "$out"
ip_count_conf
sed -i 's/plugin = "ip_count";/& idle_timeout = "2s";/' job.conf
start job.conf --set source.stop=never
process=$(child)
wait_for_text running
# Idle at their end, the partitions have let the last windows go: all but the newest results are there.
wait_for_lines "$out" 2600
kill -STOP "$process"
access_log --lines 20000 --lines-per-second 100 --start-time 1568564660
sleep_ms 4000
kill -CONT "$process"
wait_for_lines "$out" 18000
stop_cleanly
judge --open-windows ignore
