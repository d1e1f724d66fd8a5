# An old copy of the checkpoint directory is put back: exit 3; with the marker's positions nothing is repeated.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
cp -r checkpoints old
copied 2000
rm -r checkpoints
mv old checkpoints
expect_refusal
expect_text "$log" "the store stands at 1000; committed up to 2000; there are 0 to 1999"
expect_cost store 1000 0
expect_cost marker 0 0
expect_cost nothing 2000 0
resolve marker
seq 2001 3000 | topic write "$in"
goes_on_with 3000
seq 3000 | expect_lines
