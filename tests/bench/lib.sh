# Sourced by tests/bench/run: the verbs rows and curves are written in. Everything measured is a whole
# process, from its start to its end; its runs stand in $work/runs/NAME, one a line: seconds, CPU seconds,
# KiB of memory at the peak, CPU seconds of the broker meanwhile.
#
# From run: $build, $results_dir (folder), $is_full, $percent (of the sizes), $pairs.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
weir_program=$build/framework/weir/weir
tools=$build/tests/tools
bench=$build/tests/bench
plugins=("$build"/{connectors,transforms}/*/.libs "$build"/tests/plugins/.libs)
export WEIR_PLUGIN_PATH=$(IFS=:; echo "${plugins[*]}")
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-bench.XXXXXX")
mkdir "$work/runs"
servers= broker_pid= weir= n_names=0 row=

trap bench_end EXIT
trap 'exit 130' INT TERM

bench_end()
{
	[ -z "$weir" ] || kill -KILL "$weir" 2>/dev/null || true
	[ ! -e "$work/broker/pid" ] || "$here/../lib/broker.sh" stop "$work/broker" || true
	rm -rf "$work"
}

fail()
{
	echo "bench: $*" >&2
	exit 1
}

# size SHORT FULL: a number of records.
size()
{
	local n=$1
	! $is_full || n=$2
	n=$((n * percent / 100))
	echo $((n > 0 ? n : 1))
}

# 1234567 -> 1,234,567
commas()
{
	echo "$1" | sed -e ':again' -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/' -e 't again'
}

# ---- the machine ----

machine()
{
	echo "# date $(date -u +%Y-%m-%dT%H:%M:%SZ)"
	echo "# weir $(git -C "$here" describe --always --dirty 2>/dev/null || "$weir_program" --version | head -n 1)"
	echo "# cpu $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	echo "# memory $(awk '/^MemTotal/ {printf "%.1f GiB", $2 / 1048576}' /proc/meminfo)"
	echo "# kernel $(uname -sr)"
	echo "# broker Apache Kafka $(sed -n 's/^kafka_version=//p' "$here/../lib/broker.sh"), on the same machine, heap ${WEIR_BROKER_HEAP:-512m}"
	echo "# librdkafka $(pkg-config --modversion rdkafka)"
	echo "# load $(cut -d ' ' -f 1 /proc/loadavg) before the first run"
}

# ---- broker and topics ----

start_broker()
{
	[ -z "$servers" ] || return 0
	echo "log.segment.delete.delay.ms=1000" >"$work/broker.properties"
	servers=$(WEIR_BROKER_PROPERTIES=$work/broker.properties "$here/../lib/broker.sh" start "$work/broker")
	broker_pid=$("$here/../lib/broker.sh" pid "$work/broker")
}

topic()
{
	"$tools/kafka_topic" "$1" --bootstrap-servers "$servers" --topic "$2" "${@:3}"
}

# A name no other topic or pipeline has, in $name.
new_name()
{
	n_names=$((n_names + 1))
	name=bench-$n_names
}

# new_topic [PARTITIONS]: its name in $name
new_topic()
{
	new_name
	topic create "$name" --partitions "${1:-1}"
}

# access_log TOPIC ARGUMENT...: makes the topic and its lines, unless it is there from an earlier row; then
# reads it once unmeasured: the broker's page cache and its compiler are warm for all that follows.
access_log()
{
	start_broker
	[ ! -e "$work/topic-$1" ] || return 0
	"$tools/access_log" --bootstrap-servers "$servers" --topic "$1" --create --lines-per-second 100000 "${@:2}" >/dev/null
	touch "$work/topic-$1"
	bare_consume "$1" >/dev/null
}

bare_consume()
{
	"$bench/bare_consume" --bootstrap-servers "$servers" --topic "$1"
}

# expect_records TOPIC N
expect_records()
{
	local n
	n=$(bare_consume "$1")
	[ "$n" = "$2" ] || fail "the figures are worth nothing: $1 has $n records and should have $2"
}

# judge SOURCE SINK: an independent reader recounts.
judge()
{
	"$tools/judge" --bootstrap-servers "$servers" --source "$1" --sink "$2" >"$work/judgement" ||
		{ cat "$work/judgement" >&2; fail "the figures are worth nothing: the counts are wrong"; }
}

# ---- pipelines ----

# pipeline NAME [SETTING...]
pipeline()
{
	rm -rf "$work/checkpoints"
	echo "pipeline = { name = \"$1\"; checkpoint = { interval = \"${interval:-5s}\"; directory = \"$work/checkpoints\"; }; ${*:2} };"
}

kafka_source()
{
	echo "source = { plugin = \"kafka\"; bootstrap_servers = \"$servers\"; topics = [ \"$1\" ]; ${*:2} };"
}

kafka_sink()
{
	echo "sink = { plugin = \"kafka\"; bootstrap_servers = \"$servers\"; topic = \"$1\"; ${*:2} };"
}

generator()
{
	echo "source = { plugin = \"generator\"; start_time = \"2019-09-15_00:00:00\"; $* };"
}

ip_count()
{
	echo "transforms = ( { plugin = \"ip_count\"; $* } );"
}

null_sink()
{
	echo 'sink = { plugin = "null"; };'
}

# measured NAME COMMAND...
measured()
{
	"$bench/measure" ${broker_pid:+--beside "$broker_pid"} "$work/runs/$1" "${@:2}"
}

# weir_to_end NAME [ARGUMENT...]: runs job.conf, measured; the longest checkpoint and the longest stall of its
# source go to runs/NAME.checkpoint_ms and .stall_ms.
weir_to_end()
{
	measured "$1" $pinned "$weir_program" run "$work/job.conf" --log-level debug "${@:2}" >"$work/weir.log" 2>&1 ||
		{ cat "$work/weir.log" >&2; fail "weir failed"; }
	checkpoint_ms "$work/weir.log" 0 | greatest >>"$work/runs/$1.checkpoint_ms"
	stall_ms "$work/weir.log" 0 | greatest >>"$work/runs/$1.stall_ms"
}
pinned=

# start_weir [ARGUMENT...]: job.conf in the background
# (the old log must not be taken for the new one)
start_weir()
{
	: >"$work/weir.log"
	"$weir_program" run "$work/job.conf" --log-level debug "$@" >"$work/weir.log" 2>&1 &
	weir=$!
}

stop_weir()
{
	kill -TERM "$weir"
	wait "$weir" || { cat "$work/weir.log" >&2; fail "weir failed"; }
	weir=
}

# wait_for_log TEXT [SECONDS]
wait_for_log()
{
	local deadline=$((SECONDS + ${2:-60}))
	until grep -q "$1" "$work/weir.log"; do
		kill -0 "$weir" 2>/dev/null && [ $SECONDS -lt $deadline ] ||
			{ cat "$work/weir.log" >&2; fail "'$1' did not come up in weir's log"; }
		sleep 0.05
	done
}

# logged_ms TEXT: when the line was written, ms since 1970
logged_ms()
{
	date -d "$(grep -m 1 "$1" "$work/weir.log" | cut -d ' ' -f 1)" +%s%3N
}

# Of every checkpoint of a log but the first, which is made before the stream begins, with at least so many
# changed keys.
checkpoint_ms()
{
	sed -n 's/.* checkpoint: checkpoint \([0-9]*\): \([0-9]*\) ms, \([0-9]*\) changed keys.*/\1 \2 \3/p' "$1" |
		awk -v keys="$2" '$1 > 0 && $3 >= keys {print $2}'
}

stall_ms()
{
	sed -n -e 's/.* checkpoint: checkpoint \([0-9]*\): .* ms, \([0-9]*\) changed keys.*/keys \1 \2/p' \
		-e 's/.* source: checkpoint \([0-9]*\): reading stood still for \([0-9]*\) us.*/stall \1 \2/p' "$1" |
		awk -v keys="$2" '$1 == "keys" {n[$2] = $3} $1 == "stall" && n[$2] >= keys {print $3 / 1000}'
}

greatest()
{
	sort -g | tail -n 1
}

# ---- figures ----

# column NAME EXPRESSION: of the runs of NAME, with n = records: $1 seconds, $2 CPU s, $3 KiB, $4 CPU s of the broker
column()
{
	awk -v n="${3:-1}" "{printf \"%.6g \", $2}" "$work/runs/$1"
}

# figure FIGURE UNIT AIM VALUES [OTHER VALUES]: writes it down and shows it. AIM: "" or WHAT<=NUMBER, WHAT being
# median, greatest or ratio (of the medians, to the OTHER).
figure()
{
	awk -v row="$row" -v figure="$1" -v unit="$2" -v aim="$3" -v values="$4" -v other="${5:-}" -v other_values="${6:-}" \
		-f "$here/figure.awk" >"$work/figure"
	cat "$work/figure" >>"$results_dir/results.tsv"
	awk -f "$here/show.awk" "$work/figure"
}

# pair_figures N NAME OTHER LABEL [AIM-RATE AIM-CPU AIM-MEMORY]
pair_figures()
{
	local n=$1 weir=$2 other=$3 label=$4
	figure "throughput" "million/s" "${5:-}" "$(column "$weir" 'n / $1 / 1e6' "$n")" "$label" "$(column "$other" 'n / $1 / 1e6' "$n")"
	figure "CPU" "s/million" "${6:-}" "$(column "$weir" '$2 * 1e6 / n' "$n")" "$label" "$(column "$other" '$2 * 1e6 / n' "$n")"
	figure "CPU of the broker" "s/million" "" "$(column "$weir" '$4 * 1e6 / n' "$n")" "$label" "$(column "$other" '$4 * 1e6 / n' "$n")"
	figure "peak memory" "MiB" "${7:-}" "$(column "$weir" '$3 / 1024')" "$label" "$(column "$other" '$3 / 1024')"
}

checkpoint_figures()
{
	figure "longest checkpoint of a run" "ms" "" "$(tr '\n' ' ' <"$work/runs/$1.checkpoint_ms")"
	figure "longest stall at a checkpoint" "ms" "" "$(tr '\n' ' ' <"$work/runs/$1.stall_ms")"
}

# row_title TEXT
row_title()
{
	row=$1
	printf '\n%s\n' "$row"
}
