# on_error = skip: the others are counted.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 100000 --malformed 10000
topic create "$out"
ip_count_conf
sed -i 's/plugin = "ip_count";/& on_error = "skip";/' job.conf
run_to_end job.conf
expect_text "$log" " could not be processed"
judge
