# limit: 240
# The benchmark runs, judges each figure by its aim, and finds a figure that an older result file had otherwise.
. "$(dirname "$0")/../lib/scenario.sh"

bench()
{
	"$here/../bench/run" --build "$WEIR_BUILD" --size 1 --pairs 2 "$@" >bench.out 2>&1 || { cat bench.out; fail "the benchmark failed"; }
}

# figure_of FILE FIGURE COLUMN
figure_of()
{
	awk -F '\t' -v figure="$2" -v column="$3" '$2 == figure {print $column}' "$1"
}

bench --only "copy micro" --out "$dir/new"
ratio=$(figure_of new/results.tsv throughput 11)
verdict=$(figure_of new/results.tsv throughput 13)
echo "saw: pass-through / bare copy $ratio, $verdict"
[ "$verdict" = "$(awk -v r="$ratio" 'BEGIN {print (r >= 0.95 ? "met" : "missed")}')" ] || fail "a ratio of $ratio is not '$verdict'"
awk -F '\t' '!/^#/ && $2 !~ /stall/ && !($4 > 0 && $5 <= $4 && $4 <= $6) {print; exit 1}' new/results.tsv || fail "a figure without a value, or outside of its spread"

awk -F '\t' -v OFS='\t' '$2 == "throughput" {$4 /= 2} {print}' new/results.tsv >old.tsv
"$here/../bench/compare" old.tsv new/results.tsv >compared
grep -q 'throughput, .*(x 2.00); ' compared || { cat compared; fail "a doubled throughput is not seen"; }
[ "$(grep -c '(x 2.00)' compared)" = 1 ] || { cat compared; fail "more than what changed is reported"; }

bench --curves --only windows --out "$dir/curves"
[ "$(grep -c '<circle' curves/windows.svg)" = 12 ] || fail "the chart does not show six windows in two panels"
