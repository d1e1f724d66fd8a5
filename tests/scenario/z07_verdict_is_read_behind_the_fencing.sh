# The first stops before its commit, the second looks and stops before it takes over; then the first commits after
# all. The second must not believe what it saw before: it goes on from the checkpoint that was committed meanwhile.
. "$(dirname "$0")/../lib/scenario.sh"

commits_between_look_and_take_over
expect_text "$log" "which had been decided when the last run ended"
judge
