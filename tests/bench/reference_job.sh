#!/usr/bin/env bash
# The reference job (config/ip-count.conf: bounded, exactly once, checkpoint every 5 s) beside a bare
# librdkafka loop that reads the same topic and drops every record; in turn, whole processes, start-up
# and last commit included. The broker runs on the same machine. At the end a reader that is not weir's
# recounts the last run.
#
#   tests/bench/reference_job.sh [--build DIR] [--lines N] [--addresses K] [--partitions P]
#                                [--parallelism T] [--pairs N] [--bootstrap-servers LIST]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

build=build lines=20000000 addresses=1000 partitions=1 parallelism=1 pairs=5 servers=
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=${2:?} ;;
	--lines) lines=${2:?} ;;
	--addresses) addresses=${2:?} ;;
	--partitions) partitions=${2:?} ;;
	--parallelism) parallelism=${2:?} ;;
	--pairs) pairs=${2:?} ;;
	--bootstrap-servers) servers=${2:?} ;;
	*) sed -n '/^#   /s/^#   //p' "$0" >&2; exit 2 ;;
	esac
	shift 2
done
build=$(cd "$build" && pwd)
plugins=("$build"/{connectors,transforms}/*/.libs)
export WEIR_PLUGIN_PATH=$(IFS=:; echo "${plugins[*]}")

work=$(mktemp -d "${TMPDIR:-/tmp}/weir-bench.XXXXXX")
topics=()
finish()
{
	for topic in "${topics[@]}"; do
		topic delete "$topic" 2>/dev/null || true
	done
	[ ! -e "$work/broker/pid" ] || "$here/../lib/broker.sh" stop "$work/broker" || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

topic()
{
	"$build/tests/tools/kafka_topic" "$1" --bootstrap-servers "$servers" --topic "$2" "${@:3}"
}

run_bare()
{
	"$build/tests/bench/measure" "$work/bare" \
		"$build/tests/bench/bare_consume" --bootstrap-servers "$servers" --topic "$source" >/dev/null
}

# run_weir NUMBER: into topics of its own
run_weir()
{
	sink=$name-sink-$1
	topic create "$sink" --partitions "$partitions"
	topics+=("$sink" "weir-$name-$1-progress")
	sed -e "s/\"ip_count_source\"/\"$source\"/" -e "s/\"ip_count_sink\"/\"$sink\"/" \
		"$here/../../config/ip-count.conf" >"$work/job.conf"
	"$build/tests/bench/measure" "$work/weir" \
		"$build/framework/weir/weir" run "$work/job.conf" \
		--set source.bootstrap_servers="$servers" --set sink.bootstrap_servers="$servers" \
		--set source.stop=latest --set pipeline.name="$name-$1" --set pipeline.parallelism="$parallelism" \
		--set pipeline.checkpoint.interval=5s --set pipeline.checkpoint.directory="$work/checkpoints-$1" \
		>"$work/weir.log" 2>&1 || { cat "$work/weir.log" >&2; exit 1; }
}

# figures WHO: "records/s", "CPU s per million" and "MiB" of every run, one run a line
figures()
{
	awk -v n="$lines" '{printf "%.0f %.3f %.0f\n", n / $1, $2 * 1e6 / n, $3 / 1024}' "$work/$1"
}

# column WHO N: median, least and greatest
column()
{
	figures "$1" | cut -d ' ' -f "$2" | sort -g | awk '{v[NR] = $1}
		END {printf "%s %s %s\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR]}'
}

row()
{
	local text=$1 column=$2 bare weir
	read -r -a bare < <(column bare "$column")
	read -r -a weir < <(column weir "$column")
	awk -v text="$text" -v b="${bare[*]}" -v w="${weir[*]}" 'BEGIN {
		split(b, bare, " "); split(w, weir, " ")
		printf "%-18s %30s %30s %8.2f\n", text, bare[1] " (" bare[2] ".." bare[3] ")",
			weir[1] " (" weir[2] ".." weir[3] ")", weir[1] / bare[1]}'
}

[ -n "$servers" ] || servers=$("$here/../lib/broker.sh" start "$work/broker")
name=bench-$(date +%s)-$$
source=$name-source
topics+=("$source")
"$build/tests/tools/access_log" --bootstrap-servers "$servers" --topic "$source" --create \
	--partitions "$partitions" --lines "$lines" --addresses "$addresses" --lines-per-second 100000
# Once unmeasured: the broker's page cache and its compiler are warm for both.
"$build/tests/bench/bare_consume" --bootstrap-servers "$servers" --topic "$source"
for pair in $(seq "$pairs"); do
	run_bare
	run_weir "$pair"
	echo "pair $pair of $pairs: weir $(figures weir | tail -n 1 | sed 's/ / records\/s, /; s/ \([0-9]*\)$/ CPU s per million, \1 MiB/')"
done
"$build/tests/tools/judge" --bootstrap-servers "$servers" --source "$source" --sink "$sink" >"$work/judgement" ||
	{ cat "$work/judgement"; echo "the figures are worth nothing: the counts are wrong" >&2; exit 1; }

echo
echo "$lines lines, $addresses addresses, $partitions partition(s), parallelism $parallelism, $(nproc) cores;"
echo "median of $pairs (least..greatest)"
printf '%-18s %30s %30s %8s\n' '' bare weir ratio
row 'records/s' 1
row 'CPU s per million' 2
row 'peak memory, MiB' 3
grep -E '^(lost|doubled)' "$work/judgement"
