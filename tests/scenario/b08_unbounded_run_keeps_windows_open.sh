# stop = never: windows that the watermark has passed are out, the last one waits for the next lines.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000 --addresses 10 --lines-per-second 1000
topic create "$out"
ip_count_conf
start job.conf --set source.stop=never
wait_for_lines "$out" 190 # 19 windows of 10 addresses; the 20th is open
stop_cleanly
judge --open-windows ignore
topic write "$in" <<<"2019-09-15_16:59:00 192.168.1.1"
start job.conf --set source.stop=never
wait_for_lines "$out" 200
stop_cleanly
judge --open-windows ignore
