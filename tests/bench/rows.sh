# The rows of the table, one function each, in the order of $all_rows. What they compare runs in turn.

sink=
all_rows="reference addresses copy files micro checkpoint latency start restore"

# reference_conf SOURCE GUARANTEE PARTITIONS: the reference job, as config/ip-count.conf has it, into a new topic
# $sink. The last one goes: only the results at the end are recounted.
reference_conf()
{
	[ -z "$sink" ] || topic delete "$sink"
	new_topic "$3"
	sink=$name
	sed -e "s/\"ip_count_source\"/\"$1\"/" -e "s/\"ip_count_sink\"/\"$sink\"/" -e "s/\"ip-count\"/\"$sink\"/" \
		-e "s/localhost:9092/$servers/" -e "s,/var/lib/weir/ip-count,$work/checkpoints," \
		-e "s/\"exactly_once\"/\"$2\"/" -e 's/stop = "never"/stop = "latest"/' "$here/../../config/ip-count.conf" >"$work/job.conf"
	rm -rf "$work/checkpoints"
}

row_reference()
{
	local lines source
	lines=$(size 6000000 20000000)
	source=lines-$lines
	row_title "reference job, 1,000 addresses, 1 partition, $(commas "$lines") lines, exactly once, checkpoint 5 s"
	access_log $source --lines "$lines" --addresses 1000
	for _ in $(seq "$pairs"); do
		measured reference-bare "$bench/bare_consume" --bootstrap-servers "$servers" --topic $source >/dev/null
		reference_conf $source at_least_once 1
		weir_to_end reference-alo
		reference_conf $source exactly_once 1
		weir_to_end reference
	done
	judge $source "$sink"
	pair_figures "$lines" reference reference-bare "consume+drop" "ratio>=1.0" "ratio<=1.1" "median<=100"
	checkpoint_figures reference
	row_title "exactly once beside at least once, the same job"
	pair_figures "$lines" reference reference-alo "at least once" "ratio>=0.97"
	checkpoint_figures reference-alo
}

# 220,000 lines have the same second: about six of ten lines are the first of their address and window.
row_addresses()
{
	local lines results source=lines-1000000
	lines=$(size 3000000 10000000)
	row_title "reference job, 1,000,000 addresses, 4 partitions, $(commas "$lines") lines, exactly once, checkpoint 5 s"
	access_log $source --lines "$lines" --addresses 1000000 --lines-per-second 220000 --partitions 4
	reference_conf $source exactly_once 4
	weir_to_end addresses-unmeasured
	results=$(bare_consume "$sink")
	for _ in $(seq "$pairs"); do
		new_topic 4
		measured addresses-bare "$bench/bare_copy" --bootstrap-servers "$servers" --from $source --to "$name" \
			--results "$results" --of "$lines" >/dev/null
		topic delete "$name"
		reference_conf $source exactly_once 4
		weir_to_end addresses
	done
	judge $source "$sink"
	echo "  $(commas "$results") result lines"
	pair_figures "$lines" addresses addresses-bare "consume+write" "ratio>=0.8"
	checkpoint_figures addresses
}

row_copy()
{
	local lines source
	lines=$(size 4000000 20000000)
	source=lines-$lines
	row_title "Kafka to Kafka, as it is, 1 partition, $(commas "$lines") lines, exactly once, checkpoint 5 s"
	access_log $source --lines "$lines" --addresses 1000
	for _ in $(seq "$pairs"); do
		new_topic
		measured copy-bare "$bench/bare_copy" --bootstrap-servers "$servers" --from $source --to "$name" >/dev/null
		topic delete "$name"
		new_topic
		{ pipeline "$name"; kafka_source $source 'stop = "latest";'; kafka_sink "$name"; } >"$work/job.conf"
		weir_to_end copy
		expect_records "$name" "$lines"
		topic delete "$name"
	done
	pair_figures "$lines" copy copy-bare "bare copy" "ratio>=0.95" "ratio<=1.1"
	checkpoint_figures copy
}

row_files()
{
	local lines
	lines=$(size 3000000 10000000)
	row_title "file to Kafka and Kafka to file, $(commas "$lines") lines of 60 bytes, exactly once, checkpoint 5 s"
	start_broker
	awk -v n="$lines" 'BEGIN {for (i = 0; i < n; i++)
		printf "2019-09-15_16:%02d:%02d 10.%d.%d.%-3d GET /items/%014d\n", i / 60 % 60, i % 60, i % 7, i % 250, i % 199, i}' |
		sed 's/.*/&                              /; s/^\(.\{59\}\).*/\1/' >"$work/lines"
	for _ in $(seq "$pairs"); do
		new_topic
		{ pipeline "$name"; echo "source = { plugin = \"file\"; path = \"$work/lines\"; stop = \"latest\"; };"; kafka_sink "$name"; } >"$work/job.conf"
		weir_to_end file-kafka
		local topic=$name
		new_name
		{ pipeline "$name"; kafka_source "$topic" 'stop = "latest";'; echo "sink = { plugin = \"file\"; directory = \"$work/parts\"; };"; } >"$work/job.conf"
		weir_to_end kafka-file
		cat $(ls -v "$work"/parts/*.txt) | cmp - "$work/lines" || fail "the figures are worth nothing: the lines differ"
		rm -rf "$work/parts"
		topic delete "$topic"
	done
	rm "$work/lines"
	local way
	for way in file-kafka kafka-file; do
		local aim="median<=0.8"
		[ $way = file-kafka ] || aim="median<=0.35"
		figure "$way: throughput" "million/s" "" "$(column $way 'n / $1 / 1e6' "$lines")"
		figure "$way: CPU" "s/million" "$aim" "$(column $way '$2 * 1e6 / n' "$lines")"
		figure "$way: CPU of the broker" "s/million" "" "$(column $way '$4 * 1e6 / n' "$lines")"
		figure "$way: peak memory" "MiB" "" "$(column $way '$3 / 1024')"
	done
}

# micro_run NAME RECORDS ADDRESSES LINES-PER-SECOND [TRANSFORM]: on one core, no broker, no checkpoint but the last
micro_run()
{
	new_name
	{
		interval=1h pipeline "$name"
		generator "records = $2; addresses = $3; lines_per_second = $4;"
		echo "${5:-}"
		null_sink
	} >"$work/job.conf"
	pinned="taskset -c 0" weir_to_end "$1"
	"$bench/bare_generate" "$build/connectors/generator/.libs/generator.so" "$2" addresses="$3" lines_per_second="$4" \
		start_time=2019-09-15_00:00:00 >>"$work/runs/$1.generator"
}

# micro_figures NAME RECORDS LABEL AIM-ALL AIM-REST
micro_figures()
{
	local all alone
	all=$(column "$1" '$2 * 1e9 / n' "$2")
	alone=$(tr '\n' ' ' <"$work/runs/$1.generator")
	figure "$3: CPU, all" "ns/record" "$4" "$all" "generator" "$alone"
	figure "$3: CPU, all - generator alone" "ns/record" "$5" "$(paste -d ' ' <(tr ' ' '\n' <<<"$all") "$work/runs/$1.generator" | awk 'NF == 2 {printf "%.6g ", $1 - $2}')"
	figure "$3: peak memory" "MiB" "" "$(column "$1" '$3 / 1024')"
}

row_micro()
{
	local plain few many
	plain=$(size 100000000 400000000)
	few=$(size 50000000 200000000)
	many=$(size 30000000 100000000)
	row_title "one core, without a broker: generator, transform, null; $(commas "$plain"), with ip_count $(commas "$few") and $(commas "$many") records"
	for _ in $(seq "$pairs"); do
		micro_run micro-plain "$plain" 1000 100000
		micro_run micro-noop "$plain" 1000 100000 'transforms = ( { plugin = "noop"; } );'
		micro_run micro-few "$few" 1000 100000 "$(ip_count 'window = "5s";')"
		micro_run micro-many "$many" 10000000 $((many / 4)) "$(ip_count 'window = "5s";')"
	done
	micro_figures micro-plain "$plain" "no transform" "" ""
	micro_figures micro-noop "$plain" "no-op" "" "median<=5"
	micro_figures micro-few "$few" "ip_count, 1,000" "median<=50" ""
	micro_figures micro-many "$many" "ip_count, 10,000,000" "median<=120" ""
}

# All lines in one window: nothing fires.
row_checkpoint()
{
	local keys
	keys=$(size 1000000 1000000)
	row_title "checkpoint with $(commas "$keys") changed keys, generator at full speed, Kafka sink, every second"
	start_broker
	new_topic
	{
		interval=1s pipeline "$name"
		generator "addresses = $keys; pick = \"in_turn\"; lines_per_second = 1000000;"
		ip_count 'window = "24h";'
		kafka_sink "$name"
	} >"$work/job.conf"
	start_weir
	sleep "$($is_full && echo 60 || echo 12)"
	stop_weir
	figure "stall" "ms" "greatest<=20" "$(stall_ms "$work/weir.log" "$keys" | tr '\n' ' ')"
	figure "duration" "ms" "greatest<=500" "$(checkpoint_ms "$work/weir.log" "$keys" | tr '\n' ' ')"
}

# The first two seconds do not count: the pipeline starts to fetch, the broker compiles.
row_latency()
{
	local rate=100000 seconds=8
	! $is_full || seconds=60
	rate=$((rate * percent / 100))
	row_title "latency from producer to read_committed reader, $(commas "$rate") records/s of 60 bytes, checkpoint 100 ms"
	start_broker
	for _ in 1 2 3; do
		new_topic
		local source=$name
		new_topic
		{ interval=100ms pipeline "$name"; kafka_source "$source"; kafka_sink "$name"; } >"$work/job.conf"
		start_weir
		wait_for_log 'pipeline: running'
		"$bench/latency_reader" --bootstrap-servers "$servers" --topic "$name" --records $((rate * (seconds + 2))) \
			--skip $((rate * 2)) >>"$work/runs/latency" &
		local reader=$!
		"$bench/paced_producer" --bootstrap-servers "$servers" --topic "$source" --records $((rate * (seconds + 2))) \
			--rate "$rate" >>"$work/runs/latency-rate"
		wait $reader || fail "the reader of latencies failed"
		stop_weir
		checkpoint_ms "$work/weir.log" 0 >>"$work/runs/latency-checkpoint"
	done
	figure "rate of the producer" "records/s" "" "$(tr '\n' ' ' <"$work/runs/latency-rate")"
	figure "p50" "ms" "" "$(column latency '$1')"
	figure "p99" "ms" "median<=250" "$(column latency '$2')"
	figure "p99.9" "ms" "" "$(column latency '$3')"
	figure "greatest" "ms" "" "$(column latency '$4')"
	figure "checkpoint" "ms" "" "$(tr '\n' ' ' <"$work/runs/latency-checkpoint")"
}

# Restarts after an orderly stop; the client's own time is that of a bare loop which makes its producer ready
# for transactions and its consumer fetch.
row_start()
{
	row_title "start to the first record, and memory without work"
	start_broker
	new_topic
	local source=$name began
	new_topic
	{ pipeline "$name"; kafka_source "$source"; kafka_sink "$name"; } >"$work/job.conf"
	start_weir
	wait_for_log 'pipeline: running'
	sleep 2
	idle_memory
	stop_weir
	for _ in $(seq "$pairs"); do
		echo line | topic write "$source"
		began=$(date +%s%3N)
		"$bench/bare_copy" --bootstrap-servers "$servers" --from "$source" --to "$name" |
			awk -v began="$began" '{print $3 - began}' >>"$work/runs/start-bare"
		began=$(date +%s%3N)
		start_weir
		wait_for_log 'first records read'
		echo $(($(logged_ms 'first records read') - began)) >>"$work/runs/start"
		stop_weir
	done
	figure "start to first record" "ms" "" "$(tr '\n' ' ' <"$work/runs/start")" "bare copy" "$(tr '\n' ' ' <"$work/runs/start-bare")"
	figure "beyond the client's own time" "ms" "median<=50" "$(paste -d ' ' "$work/runs/start" "$work/runs/start-bare" | awk '{printf "%d ", $1 - $2}')"
	figure "idle, pipeline process" "MiB" "median<=25" "$(column idle '$1')"
	figure "idle, with supervisor (PSS)" "MiB" "" "$(column idle '$2')"
}

# RSS of the pipeline process; what it and its supervisor use together, shared pages counted once.
idle_memory()
{
	local child
	child=$(cat /proc/"$weir"/task/*/children | tr -d ' ')
	awk -v child="/proc/$child/smaps_rollup" '/^Rss:/ && FILENAME == child {rss = $2} /^Pss:/ {pss += $2}
		END {print rss / 1024, pss / 1024}' "/proc/$child/smaps_rollup" "/proc/$weir/smaps_rollup" >>"$work/runs/idle"
}

# In the first turn each line changes a key of its own.
all_keys_seen()
{
	sed -n 's/.* ms, \([0-9]*\) changed keys.*/\1/p' "$work/weir.log" | awk -v keys="$1" '{sum += $1} END {exit !(sum >= keys)}'
}

# with_state KEYS: leaves job.conf and $work/checkpoints with so many keys in an open window.
with_state()
{
	new_name
	{
		interval=2s pipeline "$name"
		generator "addresses = $1; pick = \"in_turn\"; lines_per_second = $1; rate = 4000000;"
		ip_count 'window = "24h";'
		null_sink
	} >"$work/job.conf"
	start_weir
	until all_keys_seen "$1"; do
		kill -0 "$weir" || fail "weir failed"
		sleep 0.2
	done
	stop_weir
}

# restore NAME KEYS: from the checkpoints that are there; the ms and the KiB at the peak go to runs/NAME.*
restore()
{
	start_weir
	wait_for_log 'pipeline: running'
	local child
	child=$(cat /proc/"$weir"/task/*/children | tr -d ' ')
	awk '/^VmHWM:/ {print $2 / 1024}' "/proc/$child/status" >>"$work/runs/$1.memory"
	stop_weir
	grep -q "state of $2 keys restored" "$work/weir.log" || { cat "$work/weir.log" >&2; fail "not all of $2 keys were restored"; }
	sed -n 's/.*keys restored in \([0-9.]*\) ms.*/\1/p' "$work/weir.log" >>"$work/runs/$1.ms"
}

row_restore()
{
	local keys
	keys=$(size 10000000 10000000)
	row_title "restore of $(commas "$keys") keys"
	with_state "$keys"
	local disk
	disk=$(du -sk "$work/checkpoints" | awk '{print $1 / 1024}')
	for _ in $(seq "$pairs"); do
		restore restore "$keys"
	done
	figure "restore" "s" "median<=3" "$(awk '{printf "%.3f ", $1 / 1000}' "$work/runs/restore.ms")"
	figure "peak memory" "MiB" "" "$(tr '\n' ' ' <"$work/runs/restore.memory")"
	figure "disk" "MiB" "" "$disk"
}
