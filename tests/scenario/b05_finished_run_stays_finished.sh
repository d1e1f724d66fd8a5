# A bounded run that is started again has nothing to do: nothing is counted twice, and lines that came later wait.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 50000
topic create "$out"
ip_count_conf
run_to_end job.conf
before=$(topic records "$out")
run_to_end job.conf
after=$(topic records "$out")
[ "$before" = "$after" ] || fail "$before results after the first run, $after after the second"
judge
