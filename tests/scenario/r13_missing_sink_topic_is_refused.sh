# The sink's topic is gone: exit 3 with the command that makes it, and what it costs to write again what it held.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
copied 1000
topic delete "$out"
expect_refusal
expect_text "$log" "topic '$out' does not exist; create it: kafka-topics.sh"
expect_cost nothing 1000 0
resolve nothing
topic create "$out"
goes_on_with 1000
seq 1000 | expect_lines
