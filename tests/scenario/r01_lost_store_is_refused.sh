# The checkpoint directory is gone, the progress topic is not: exit 3; with the marker's positions nothing is repeated.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
mv checkpoints lost
expect_refusal
[ "$(topic records "$out")" = 1000 ] || fail "a refused start has written something"
expect_cost marker 0 0
expect_cost nothing 1000 0
resolve marker
seq 1001 2000 | topic write "$in"
goes_on_with 2000
seq 2000 | expect_lines
