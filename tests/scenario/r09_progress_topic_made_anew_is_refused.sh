# The progress topic was deleted and made again, empty: exit 3; the operator begins anew, and what is read again is
# what was announced.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
topic delete "weir-$pipeline-progress"
topic create "weir-$pipeline-progress" --config cleanup.policy=compact
expect_refusal
expect_text "$log" "the sink shows none (topic weir-$pipeline-progress)"
expect_cost nothing 1000 0
resolve nothing
goes_on_with $((1000 + 1000))
