# How cost grows: each curve is one function, leaves NAME.tsv and the chart NAME.svg. Points are medians of
# $pairs runs.

all_curves="keys partitions sizes intervals windows restore"

# curve NAME TITLE X-AXIS COLUMN...: a column is called "PANEL: LINE"; lines of one panel share an axis.
curve()
{
	curve=$1
	printf '\n%s\n' "$2"
	printf '# %s\n' "$2" >"$results_dir/$curve.tsv"
	local IFS=$'\t'
	echo "${*:3}" >>"$results_dir/$curve.tsv"
	echo "${*:3}"
}

# point X VALUES...: VALUES are those of all runs of a column
point()
{
	local line=$1 values
	for values in "${@:2}"; do
		line+=$'\t'$(tr ' ' '\n' <<<"$values" | sort -g | awk 'NF {v[++n] = $1}
			END {if (n > 0) {m = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2; printf m < 1000 ? "%.4g" : "%.0f", m}}')
	done
	echo "$line" | tee -a "$results_dir/$curve.tsv"
}

curve_end()
{
	awk -f "$here/chart.awk" "$results_dir/$curve.tsv" >"$results_dir/$curve.svg"
}

lines_of()
{
	tr '\n' ' ' <"$work/runs/$1"
}

# All keys live in one window, whose results are written at the end.
curve_keys()
{
	local keys records
	curve keys "live keys; generator, ip_count, null sink, checkpoint every second" "keys" "CPU, ns a record: weir" \
		"peak memory, MiB: weir" "checkpoint, ms: longest" "checkpoint, ms: longest stall"
	for keys in 1000 10000 100000 1000000 10000000; do
		records=$(size 40000000 200000000)
		for _ in $(seq "$pairs"); do
			new_name
			{
				interval=1s pipeline "$name"
				generator "records = $records; addresses = $keys; lines_per_second = $((records / 4));"
				ip_count 'window = "5s";'
				null_sink
			} >"$work/job.conf"
			weir_to_end "keys-$keys"
		done
		point "$keys" "$(column "keys-$keys" '$2 * 1e9 / n' "$records")" "$(column "keys-$keys" '$3 / 1024')" \
			"$(lines_of "keys-$keys.checkpoint_ms")" "$(lines_of "keys-$keys.stall_ms")"
	done
	curve_end
}

# beside_bare_consume X SOURCE LINES PARTITIONS INTERVAL: a point of the reference job
beside_bare_consume()
{
	local run=$curve-$1
	for _ in $(seq "$pairs"); do
		measured "$run-bare" "$bench/bare_consume" --bootstrap-servers "$servers" --topic "$2" >/dev/null
		reference_conf "$2" exactly_once "$4"
		weir_to_end "$run" --set pipeline.checkpoint.interval="$5"
	done
	point "$1" "$(column "$run" 'n / $1 / 1e6' "$3")" "$(column "$run-bare" 'n / $1 / 1e6' "$3")" \
		"$(column "$run" '$2 * 1e6 / n' "$3")" "$(column "$run-bare" '$2 * 1e6 / n' "$3")"
}

reference_columns=("throughput, million/s: weir" "throughput, million/s: bare consume"
	"CPU, s a million: weir" "CPU, s a million: bare consume")

curve_partitions()
{
	local partitions lines
	lines=$(size 4000000 10000000)
	curve partitions "partitions; reference job, 1,000 addresses, $(commas "$lines") lines" "partitions" "${reference_columns[@]}"
	for partitions in 1 2 4 8 16 32 64; do
		access_log "lines-p$partitions" --lines "$lines" --addresses 1000 --partitions "$partitions"
		beside_bare_consume "$partitions" "lines-p$partitions" "$lines" "$partitions" 5s
		topic delete "lines-p$partitions"
	done
	curve_end
}

curve_intervals()
{
	local ms lines
	lines=$(size 20000000 100000000)
	access_log lines-intervals --lines "$lines" --addresses 1000
	curve intervals "checkpoint interval; reference job, 1,000 addresses, $(commas "$lines") lines" "ms" "${reference_columns[@]}"
	for ms in 100 200 500 1000 2000 5000 10000; do
		beside_bare_consume "$ms" lines-intervals "$lines" 1 "$ms ms"
	done
	topic delete lines-intervals
	curve_end
}

curve_sizes()
{
	local bytes records volume source
	volume=$(size 400000000 2000000000)
	curve sizes "record size; Kafka to Kafka, as it is, at most 3,000,000 records and $(commas "$volume") bytes" "bytes" \
		"throughput, MB/s: weir" "throughput, MB/s: bare copy" "CPU, us a record: weir" "CPU, us a record: bare copy"
	start_broker
	for bytes in 30 100 300 1000 3000 10000 30000 100000; do
		records=$((volume / bytes < 3000000 ? volume / bytes + 1 : 3000000))
		new_topic
		source=$name
		"$bench/paced_producer" --bootstrap-servers "$servers" --topic "$source" --records "$records" --size "$bytes" >/dev/null
		for _ in $(seq "$pairs"); do
			new_topic
			measured "sizes-$bytes-bare" "$bench/bare_copy" --bootstrap-servers "$servers" --from "$source" --to "$name" >/dev/null
			topic delete "$name"
			new_topic
			{ pipeline "$name"; kafka_source "$source" 'stop = "latest";'; kafka_sink "$name"; } >"$work/job.conf"
			weir_to_end "sizes-$bytes"
			topic delete "$name"
		done
		topic delete "$source"
		point "$bytes" "$(column "sizes-$bytes" "n * $bytes / \$1 / 1e6" "$records")" \
			"$(column "sizes-$bytes-bare" "n * $bytes / \$1 / 1e6" "$records")" \
			"$(column "sizes-$bytes" '$2 * 1e6 / n' "$records")" "$(column "sizes-$bytes-bare" '$2 * 1e6 / n' "$records")"
	done
	curve_end
}

curve_windows()
{
	local seconds records
	records=$(size 40000000 200000000)
	curve windows "window; generator, ip_count, null sink; 1,000 addresses, $(commas "$records") lines in 11 hours" "s" \
		"CPU, ns a record: weir" "peak memory, MiB: weir"
	for seconds in 5 20 60 300 1200 3600; do
		for _ in $(seq "$pairs"); do
			new_name
			{
				pipeline "$name"
				generator "records = $records; addresses = 1000; lines_per_second = $((records / 40000 + 1));"
				ip_count "window = \"${seconds}s\";"
				null_sink
			} >"$work/job.conf"
			weir_to_end "windows-$seconds"
		done
		point "$seconds" "$(column "windows-$seconds" '$2 * 1e9 / n' "$records")" "$(column "windows-$seconds" '$3 / 1024')"
	done
	curve_end
}

curve_restore()
{
	local keys disk
	curve restore "state to restore" "keys" "restore, ms: weir" "disk, MiB: weir" "peak memory, MiB: weir"
	for keys in 1000 10000 100000 1000000 10000000; do
		with_state "$keys"
		disk=$(du -sk "$work/checkpoints" | awk '{print $1 / 1024}')
		for _ in $(seq "$pairs"); do
			restore "restore-$keys" "$keys"
		done
		point "$keys" "$(lines_of "restore-$keys.ms")" "$disk" "$(lines_of "restore-$keys.memory")"
	done
	curve_end
}
