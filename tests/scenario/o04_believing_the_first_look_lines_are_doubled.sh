# rule_verdict_behind_fencing off: what was committed between the look and the taking over is not seen (z07 has it on).
. "$(dirname "$0")/../lib/scenario.sh"

without rule_verdict_behind_fencing commits_between_look_and_take_over
judge_finds doubled
