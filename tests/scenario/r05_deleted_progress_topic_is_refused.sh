# The progress topic is gone, the store is not: exit 3; with the store's positions it goes on.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
topic delete "weir-$pipeline-progress"
expect_refusal
expect_cost store 0 0
expect_cost nothing 1000 0
expect_text "$log" "may have been committed after that checkpoint: unknown"
resolve store
seq 1001 2000 | topic write "$in"
goes_on_with 2000
seq 2000 | expect_lines
