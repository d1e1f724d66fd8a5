#!/usr/bin/env bash
# Recovery time: from SIGKILL of the pipeline process to the first newly committed result that a read_committed
# reader sees, with a restart delay of 0, a checkpoint every 200 ms, and a broker that answers. The reference job
# runs on lines that keep coming. Prints median and worst, and where the time goes, from weir's own log.
#
#   tests/bench/recovery_time.sh [--build DIR] [--kills N] [--bootstrap-servers LIST]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

build=build kills=20 servers=
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=${2:?} ;;
	--kills) kills=${2:?} ;;
	--bootstrap-servers) servers=${2:?} ;;
	*) sed -n '/^#   /s/^#   //p' "$0" >&2; exit 2 ;;
	esac
	shift 2
done
build=$(cd "$build" && pwd)
plugins=("$build"/{connectors,transforms}/*/.libs)
export WEIR_PLUGIN_PATH=$(IFS=:; echo "${plugins[*]}") TZ=UTC

work=$(mktemp -d "${TMPDIR:-/tmp}/weir-bench.XXXXXX")
name=recovery-$(date +%s)-$$
started=()
finish()
{
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	for topic in "$name-source" "$name-sink" "weir-$name-progress"; do
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

now()
{
	echo "$EPOCHREALTIME"
}

pipeline_process()
{
	cat /proc/"$weir"/task/*/children | tr -d ' '
}

# The time of the first line of the log from byte $1 on that has the text; empty: none yet.
log_time()
{
	local line
	line=$(tail -c "+$(($1 + 1))" "$work/weir.log" | awk -v text="$2" 'index($0, text) && !n++ {print $1}')
	[ -z "$line" ] || date -d "$line" +%s.%N
}

# The first result that arrived after that time.
arrival_after()
{
	awk -v after="$1" '$1 > after {print $1; exit}' "$work/arrivals"
}

# wait_for COMMAND...: until it prints something, which it then prints.
wait_for()
{
	local deadline=$((SECONDS + 30)) text
	until text=$("$@") && [ -n "$text" ]; do
		kill -0 "$weir" && [ $SECONDS -lt $deadline ] || { cat "$work/weir.log" >&2; exit 1; }
		sleep 0.02
	done
	echo "$text"
}

# The steps of a start, as they stand in the log.
steps=("killed by signal" "process started" "store opened" "sink: plugin 'kafka' opened" "source: plugin 'kafka' opened"
	"looked at the marker" "transactions initialized" "start record written" "verdict read" "state restored"
	"pipeline: running" "first records" " prepared" " stored" " changed keys, ")
names=("supervisor sees it" "fork" "store open" "sink open" "source open" "look" "init_transactions" "start record"
	"verdict" "settle, restore state" "start source" "first fetch" "first checkpoint prepared" "pending" "commit"
	"seen by the reader")

# One kill: appends the duration of every step, and of all, to $work/durations.
kill_once()
{
	local from killed last step_time seen durations=()
	from=$(stat -c %s "$work/weir.log")
	local victim
	victim=$(pipeline_process)
	killed=$(now)
	kill -KILL "$victim"
	last=$(wait_for log_time "$from" " changed keys, ")
	seen=$(wait_for arrival_after "$(log_time "$from" " prepared")")
	last=$killed
	for step in "${steps[@]}"; do
		step_time=$(log_time "$from" "$step")
		[ -n "$step_time" ] || { echo "recovery_time: the log does not say '$step'" >&2; exit 1; }
		durations+=("$(awk "BEGIN {print int(1000 * ($step_time - $last) + 0.5)}")")
		last=$step_time
	done
	durations+=("$(awk "BEGIN {print int(1000 * ($seen - $last) + 0.5)}")")
	durations+=("$(awk "BEGIN {print int(1000 * ($seen - $killed) + 0.5)}")")
	echo "${durations[*]}" >>"$work/durations"
}

# median_and_worst COLUMN
median_and_worst()
{
	cut -d ' ' -f "$1" "$work/durations" | sort -n | awk '{v[NR] = $1}
		END {printf "%8.0f %8.0f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[NR]}'
}

[ -n "$servers" ] || servers=$("$here/../lib/broker.sh" start "$work/broker")
# Forty seconds of event time pass in one, so that every checkpoint has windows that were closed.
"$build/tests/tools/access_log" --bootstrap-servers "$servers" --topic "$name-source" --create --lines 100000000 \
	--addresses 20 --lines-per-second 100 --rate 4000 >/dev/null &
started+=($!)
topic create "$name-sink"
sed -e "s/\"ip_count_source\"/\"$name-source\"/" -e "s/\"ip_count_sink\"/\"$name-sink\"/" \
	"$here/../../config/ip-count.conf" >"$work/job.conf"
"$build/tests/tools/kafka_topic" show --bootstrap-servers "$servers" --topic "$name-sink" --follow \
	> >(perl -MTime::HiRes=time -ne '$| = 1; printf "%.3f\n", time' >"$work/arrivals") &
started+=($!)
sleep 1
"$build/framework/weir/weir" run "$work/job.conf" --log-level debug \
	--set source.bootstrap_servers="$servers" --set sink.bootstrap_servers="$servers" \
	--set pipeline.name="$name" --set pipeline.checkpoint.directory="$work/checkpoints" \
	--set pipeline.checkpoint.interval=200ms --set pipeline.restart.delay=0s --set pipeline.restart.attempts="$kills" \
	>"$work/weir.log" 2>&1 &
weir=$!
started+=("$weir")
wait_for arrival_after 0 >/dev/null
for _ in $(seq "$kills"); do
	sleep "1.$(printf %03d $((RANDOM % 1000)))"
	kill_once
done
kill -TERM "$weir"
wait "$weir" || { cat "$work/weir.log" >&2; exit 1; }

echo "$kills SIGKILLs of the pipeline process, milliseconds:"
printf '%-28s %8s %8s\n' '' median worst
for i in "${!names[@]}"; do
	printf '  %-26s %s\n' "${names[i]}" "$(median_and_worst $((i + 1)))"
done
printf '%-28s %s\n' "to the first new result" "$(median_and_worst $((${#names[@]} + 1)))"
