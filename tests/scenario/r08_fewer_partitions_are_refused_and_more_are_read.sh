# The source's topic comes back with one partition instead of two: exit 3, the partition is named. A topic that grows
# is read from the new partition's first line.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in" --partitions 2
topic create "$out"
copied 1000
topic delete "$in"
topic create "$in"
seq 1001 1100 | topic write "$in"
expect_refusal
expect_text "$log" "$in/1: the store stands at"
expect_text "$log" "the topic has only 1 partitions"
expect_cost store 0 100 0
resolve store
goes_on_with 1100
topic grow "$in" --partitions 3
seq 1101 2100 | topic write "$in"
goes_on_with 2100
seq 2100 | expect_lines
