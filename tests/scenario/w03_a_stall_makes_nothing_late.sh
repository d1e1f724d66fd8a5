# Both partitions are read to their end; then the process stands still for longer than idle_timeout while
# lines arrive in both. Neither partition was idle, so none of its lines is late.
. "$(dirname "$0")/../lib/scenario.sh"

lines_come_while_the_process_stands_still 18000
stop_cleanly
judge --open-windows ignore
