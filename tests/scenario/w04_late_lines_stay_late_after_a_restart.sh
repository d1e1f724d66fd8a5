# The watermark goes on from the checkpoint: a line that was late for good before a restart is late behind it.
. "$(dirname "$0")/../lib/scenario.sh"

late_line_behind_a_restart
printf '2019-09-15_16:23:%s\n' '30 10.0.0.1 1' '40 10.0.0.1 1' | expect_lines
