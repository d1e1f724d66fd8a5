# An old copy is put back, and the operator says the store is right: what came after it is read again, as announced.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
cp -r checkpoints old
copied 1500
rm -r checkpoints
mv old checkpoints
expect_refusal
expect_cost store 500 0
resolve store
goes_on_with $((1500 + 500))
{
	seq 1500
	seq 1001 1500
} | expect_lines
# The decision was for one start: the next one has nothing to decide.
goes_on_with 2000
