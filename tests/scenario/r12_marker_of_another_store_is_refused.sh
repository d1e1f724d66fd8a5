# Two stores under one pipeline's name, both at checkpoint 1: the marker's uuid tells whose it is. Exit 3 with both.
. "$(dirname "$0")/../lib/scenario.sh"

two_stores_with_one_name
expect_refusal
expect_text "$log" "by another pipeline or store ("
expect_cost store 1000 0
expect_cost marker 0 1000
resolve store
goes_on_with $((3000 + 1000))
