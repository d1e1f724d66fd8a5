# While weir was stopped the broker deleted lines that were not read: exit 3 with their number; the operator goes on
# behind them with the state that is there.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
seq 1001 2000 | topic write "$in"
topic trim "$in" --offset 1300
expect_refusal
expect_text "$log" "retention has deleted what was not read yet: the first record left is 1300"
expect_cost store 0 300
resolve store
goes_on_with $((2000 - 300))
{
	seq 1000
	seq 1301 2000
} | expect_lines
# What was read may go.
topic trim "$in" --offset 2000
seq 2001 2010 | topic write "$in"
goes_on_with 1710
