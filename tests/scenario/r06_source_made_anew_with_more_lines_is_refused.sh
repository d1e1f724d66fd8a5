# The source's topic is deleted, made again, and has more lines by now than were read of the old one: exit 3; the
# operator lets it be read from its first line, or (after a second time) begins anew.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
topic delete "$in"
topic create "$in"
seq 5001 8000 | topic write "$in"
expect_refusal
expect_text "$log" "the last record read is another one now (read=999 "
expect_cost store 0 3000 0
resolve store
goes_on_with $((1000 + 3000))
topic delete "$in"
topic create "$in"
seq 9001 9500 | topic write "$in"
expect_refusal
expect_text "$log" "the partition ends at offset 500"
expect_cost nothing 0 500 0
resolve nothing
goes_on_with $((4000 + 500))
{
	seq 1000
	seq 5001 8000
	seq 9001 9500
} | expect_lines
