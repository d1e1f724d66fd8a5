# start = "latest", killed before the first checkpoint with results: the next start does not skip what came since the
# first one, for its positions were kept before the first record was read.
. "$(dirname "$0")/../lib/scenario.sh"

killed_before_the_first_results
seq 1001 3000 | expect_lines
