# Somebody moves the offset of the group weir-<pipeline>: it is there for lag tools, the checkpoint's positions count.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
seq 1001 2000 | topic write "$in"
topic commit "$in" --group "weir-$pipeline" --offset 1500
goes_on_with 2000
seq 2000 | expect_lines
