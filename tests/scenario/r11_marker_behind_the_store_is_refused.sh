# The sink's cluster was put back to an older state, the store was not: exit 3. With the store, output that the
# sink has lost is not written again; with the marker it is.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
progress=weir-$pipeline-progress
copied 1000
topic show "$progress" --all | cut -f 3,4 >older
copied 1600
topic delete "$progress"
topic create "$progress" --config cleanup.policy=compact
topic write "$progress" --keyed <older
expect_refusal
expect_text "$log" "the store stands at 1600; committed up to 1000"
expect_cost store 0 600
expect_cost marker 600 0
resolve marker
goes_on_with $((1600 + 600))
{
	seq 1600
	seq 1001 1600
} | expect_lines
