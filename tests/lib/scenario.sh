# Sourced by every tests/scenario/*.sh: a folder and topics of its own, and the verbs scenarios are written in.
# A scenario fails when one of its commands does (set -e); what it prints as `saw: ...` stands in the verdict.
#
# Variables: $name, $short (k03), $dir (the working folder), $pipeline (a name no other run uses), $in, $out
# and $dead (topics), $weir (pid of the supervisor last started), $log (its output), $bootstrap (the broker as
# weir is told), $direct (the same for the tools, where weir is led through a proxy).
set -euo pipefail

name=$(basename "$0" .sh)
short=${name%%_*}
dir=$WEIR_SCENARIO_DIR/$name
pipeline=$short-${WEIR_SCENARIO_DIR##*.}
in=$pipeline-in out=$pipeline-out dead=$pipeline-dead
here=$(cd "$(dirname "$0")" && pwd)
weir_program=$WEIR_BUILD/framework/weir/weir
bootstrap=$WEIR_BOOTSTRAP direct=
plugins=($WEIR_BUILD/{connectors,transforms}/*/.libs $WEIR_BUILD/tests/plugins/.libs)
export WEIR_PLUGIN_PATH=$(IFS=:; echo "${plugins[*]}")
RANDOM=$((WEIR_SEED % 32768))
weir= log= n_started=0 started=() weir_environment=() # NAME=VALUE for weir alone

mkdir "$dir"
cd "$dir"
trap scenario_end EXIT
trap 'exit 124' TERM

scenario_end()
{
	local status=$?
	trap - EXIT TERM
	kill_all_started
	if [ -d "$dir/broker/1" ]; then # in order they would wait for each other
		kill -KILL $(cat "$dir"/broker/[123]/pid) 2>/dev/null || true
	elif [ -d "$dir/broker" ]; then
		own stop 2>/dev/null || true
	fi
	show_tallies
	[ $status -eq 0 ] || show_logs
	exit $status
}

kill_all_started()
{
	for pid in "${started[@]}"; do
		for child in $(children_of "$pid"); do
			kill -KILL "$child" 2>/dev/null || true
		done
		kill -KILL "$pid" 2>/dev/null || true
	done
}

show_logs()
{
	for log in weir.*.log proxy.log; do
		[ -e "$log" ] || continue
		echo "---- $log"
		tail -n 40 "$log"
	done
}

fail()
{
	echo "$name: $*" >&2
	exit 1
}

# The machine cannot do what the scenario needs; it is counted as skipped.
skip()
{
	echo "skipped: $*"
	exit 77
}

# long SHORT LONG: a number for the short form and one for --long.
long()
{
	[ "$WEIR_LONG" = 1 ] && echo "$2" || echo "$1"
}

random_between()
{
	echo $(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1)))
}

sleep_ms()
{
	sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"
}

# until_true SECONDS COMMAND...: false when the command does not succeed in time.
until_true()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.05
	done
}

# ---- the table of faults ----

# tally FAULT [N]: so many faults of that name were made (default 1). What the scenario's judges find lost or
# doubled, before or after, is charged to them; faults that nobody judges do not count. The names of FAULT are
# the rows of the table that tests/scenario/run sums up: SIGKILL at failpoints, SIGKILL at random, broker SIGKILL,
# broker SIGSTOP beyond the transaction timeout, connection cut, late EndTxn, zombie wake-up, power-loss prefix, ...
tally()
{
	echo "${2:-1} $1" >>"$dir/tallies"
}

# tally_spoilt FAULT N REFUSED HARMLESS ACCEPTED: of N spoilt files so many were refused, made no difference,
# or were silently accepted with a wrong result.
tally_spoilt()
{
	echo "spoilt: $2 $3 $4 $5 $1"
}

# judged LOST DOUBLED: what a judge found.
judged()
{
	echo "$1 $2" >>"$dir/judged"
}

show_tallies()
{
	[ -e "$dir/tallies" ] && [ -e "$dir/judged" ] || return 0
	awk -v found="$(awk '{lost += $1; doubled += $2} END {print lost + 0, doubled + 0}' "$dir/judged")" '{
		n = $1
		sub(/^[0-9]+ /, "")
		made[$0] += n
	}
	END {
		for (fault in made)
			print "count:", made[fault], found, fault
	}' "$dir/tallies"
}

# ---- weir ----

# The children of a process, whichever of its threads started them; nothing when it is gone.
children_of()
{
	cat /proc/"$1"/task/*/children 2>/dev/null || true
}

# start FILE [ARGUMENT...]: `weir run` in the background.
start()
{
	n_started=$((n_started + 1))
	log=$dir/weir.$n_started.log
	env "${weir_environment[@]}" "$weir_program" run "$@" >"$log" 2>&1 &
	weir=$!
	started+=("$weir")
}

# A zombie is gone too: whoever adopted it may be in no hurry to reap it.
is_gone()
{
	[[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) != [!Z]* ]]
}

# expect_exit STATUS [SECONDS]: the weir last started ends by itself, with that status.
expect_exit()
{
	local status=0
	until_true "${2:-30}" is_gone "$weir" || fail "weir still runs after ${2:-30} s"
	wait "$weir" || status=$?
	[ "$status" = "$1" ] || fail "weir exited with $status, expected $1"
}

# run_to_end FILE [ARGUMENT...]: in the foreground, expected to finish cleanly.
run_to_end()
{
	start "$@"
	expect_exit 0 "${run_limit:-60}"
}

# Its pipeline process dies with it, a moment later: only then is the store free.
kill_supervisor()
{
	local orphans
	orphans=$(children_of "$weir")
	kill -KILL "$weir"
	wait "$weir" 2>/dev/null || true
	for orphan in $orphans; do
		until_true 10 is_gone "$orphan" || fail "the pipeline process outlives its supervisor"
	done
	tally "SIGKILL at random"
}

# The supervisor lives on.
kill_child()
{
	kill -KILL "$(child)"
	tally "SIGKILL at random"
}

# The pipeline process; waits until there is one.
has_child()
{
	[ -n "$(children_of "$weir")" ]
}
child()
{
	until_true 10 has_child || fail "weir has no pipeline process"
	children_of "$weir" | tr -d ' '
}

# stopped by SIGTERM: a last checkpoint, exit 0
stop_cleanly()
{
	kill -TERM "$weir"
	expect_exit 0 "${1:-30}"
}

# expect_text FILE TEXT: the file has it (a fixed string).
expect_text()
{
	grep -qF -e "$2" "$1" || fail "'$2' is not in $(basename "$1")"
}

# wait_for_text TEXT [SECONDS]: the log of the weir last started has it, or comes to have it.
wait_for_text()
{
	until_true "${2:-20}" grep -qF -e "$1" "$log" || fail "'$1' did not come up in $(basename "$log")"
}

# Kills that all come before the first checkpoint show little: at least one start went on from a later one.
expect_restored_checkpoints()
{
	local ids
	ids=$(cat $(ls -v weir.*.log) | sed -n 's/.*going on from checkpoint \([0-9]*\).*/\1/p' | tr '\n' ' ')
	[[ $ids == *[1-9]* ]] || fail "no start went on from a checkpoint with results: $ids"
	echo "saw: went on from checkpoints $ids"
}

# A process of this scenario has got SIGSTOP (a failpoint's action `stop`, or from here).
is_stopped()
{
	[[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) = T* ]]
}

# take_over_from_stopped NEW-DIRECTORY OLD-DIRECTORY: weir ($weir, its pipeline process $stopped) gets SIGSTOP, another
# one goes on from a copy of its checkpoints and becomes $weir; the first is woken and has to leave with status 4.
take_over_from_stopped()
{
	local zombie=$weir zombie_log=$log
	kill -STOP "$zombie" "$stopped"
	cp -r "$2" "$1"
	start job.conf --set "pipeline.checkpoint.directory=$1"
	local second=$weir second_log=$log
	wait_for_text running
	kill -CONT "$zombie" "$stopped"
	weir=$zombie log=$zombie_log
	expect_exit 4
	weir=$second log=$second_log
	tally "zombie wake-up"
}

# ---- Kafka ----

# A broker that the scenario may kill, stop and cut off; it becomes $bootstrap. The verbs: `own kill`, `own start`, ...
own_broker()
{
	bootstrap=$(WEIR_BROKER_HEAP=256m own start)
}
# Three of them, one cluster; the verbs take a number: `own kill 2`.
own_cluster()
{
	bootstrap=$(WEIR_BROKER_HEAP=256m own cluster)
}
own()
{
	"$here/../lib/broker.sh" "$1" "$dir/broker${2:+/$2}"
	[ "$1" != kill ] || tally "broker SIGKILL"
}

# A broker of its own that weir reaches through a proxy (tests/tools/kafka_proxy.c says what it can do): the
# proxy is $bootstrap. The tools of the scenario, the judge among them, go to the broker directly.
proxied_broker()
{
	local listens reaches
	direct=$(WEIR_BROKER_HEAP=256m WEIR_BROKER_PROXIED=1 own start)
	read -r listens reaches <broker/proxied
	mkfifo proxy.control
	exec {proxy_control}<>proxy.control
	"$WEIR_BUILD/tests/tools/kafka_proxy" "$listens" "$reaches" <proxy.control >proxy.log 2>&1 &
	started+=($!)
	bootstrap=$listens
	wait_for_proxy ready
}

# proxy COMMAND...: `proxy hold EndTxn 3`, `proxy cut after Produce`, `proxy stop both`; in force when it returns.
proxy()
{
	local number
	number=$(($(grep -cE '^(ok|bad) ' proxy.log || true) + 1))
	echo "$*" >&"$proxy_control"
	until_true 10 grep -qE "^(ok|bad) $number\b" proxy.log || fail "the proxy does not answer"
	! grep "^bad $number:" proxy.log || fail "proxy: bad command"
}

# The proxy's log has N such lines (default 1): `hit 2 `, `answered 2: error 0`, `hit ` for any.
proxy_has()
{
	[ "$(grep -cF -e "$1" proxy.log)" -ge "${2:-1}" ]
}

# wait_for_proxy TEXT [N [SECONDS]]
wait_for_proxy()
{
	until_true "${3:-30}" proxy_has "$1" "${2:-1}" || fail "'$1' did not come up ${2:-1} times in proxy.log"
}

topic()
{
	"$WEIR_BUILD/tests/tools/kafka_topic" "$1" --bootstrap-servers "${direct:-$bootstrap}" --topic "$2" "${@:3}"
}

# Bulk lines for $in; the topic is made when --create is among the arguments.
access_log()
{
	"$WEIR_BUILD/tests/tools/access_log" --bootstrap-servers "${direct:-$bootstrap}" --topic "$in" --seed "$WEIR_SEED" "$@" >/dev/null
}

has_lines()
{
	[ "$(topic records "$1")" -ge "$2" ]
}

# wait_for_lines TOPIC N [SECONDS]: so many are committed there.
wait_for_lines()
{
	until_true "${3:-30}" has_lines "$1" "$2" || fail "$1 has $(topic records "$1") lines, waited for $2"
}

# The values of a topic, sorted.
values()
{
	topic show "$1" | LC_ALL=C sort
}

# expect_same_lines EXPECTED ACTUAL: two sorted files.
expect_same_lines()
{
	local missing extra
	missing=$(LC_ALL=C comm -23 "$1" "$2" | wc -l)
	extra=$(LC_ALL=C comm -13 "$1" "$2" | wc -l)
	judged "$missing" "$extra"
	[ "$missing$extra" != 00 ] || return 0
	diff "$1" "$2" | head -n 20 || true
	fail "$2 differs from $1: $missing lines missing, $extra too many"
}

judgement()
{
	"$WEIR_BUILD/tests/tools/judge" --bootstrap-servers "${direct:-$bootstrap}" --source "$in" --sink "$out" --strict "$@"
}

# An independent reader, not weir's code, recounts $in and compares every window and address of $out.
judge()
{
	judge_quietly "$@"
	awk '/^(lines in|lost|doubled)/ {saw = saw ", " $0} END {gsub(/ +/, " ", saw); print "saw: " substr(saw, 3)}' judgement
}
judge_quietly()
{
	local status=0
	judgement "$@" >judgement || status=$?
	judged $(sed -n 's/^\(lost\|doubled\) *//p' judgement)
	[ $status -eq 0 ] || { cat judgement; fail "the judge does not agree"; }
}

# ---- pipelines ----

pipeline_group()
{
	cat <<-EOF
		pipeline = {
		  name = "$pipeline";
		  checkpoint = { interval = "200ms"; directory = "$dir/checkpoints"; };
		  restart = { attempts = 3; delay = "300ms"; };
		};
	EOF
}

kafka_source()
{
	echo "source = { plugin = \"kafka\"; bootstrap_servers = \"$bootstrap\"; topics = [ \"$in\" ]; $* };"
}

kafka_sink()
{
	echo "sink = { plugin = \"kafka\"; bootstrap_servers = \"$bootstrap\"; topic = \"$out\"; $* };"
}

# The reference job, bounded, as job.conf.
ip_count_conf()
{
	{
		pipeline_group
		kafka_source 'stop = "latest";'
		echo 'transforms = ( { plugin = "ip_count"; window = "5s"; allowed_lateness = "5s"; } );'
		kafka_sink
	} >job.conf
}

# chaos OPTIONS: puts the misbehaving transform in front of those of job.conf.
chaos()
{
	sed -i "s,^transforms = (,& { plugin = \"chaos\"; $1 }\,," job.conf
}

# The same at so many records a second, to have time to interfere.
paced_ip_count_conf()
{
	ip_count_conf
	chaos "per_second = $1;"
}

# Lines from topic to topic as they are, unbounded: a pipeline without state.
copy_conf()
{
	{
		pipeline_group
		kafka_source
		kafka_sink
	} >job.conf
}

# killed_at FAILPOINT NTH...: the reference job dies where it passes the failpoint for the NTH time, once for
# each of them, and still counts every line once.
killed_at()
{
	access_log --create --lines 200000 --addresses 200
	topic create "$out"
	paced_ip_count_conf 100000
	for nth in "${@:2}"; do
		WEIR_FAIL=$1:$nth:kill start job.conf --set pipeline.restart.attempts=0
		expect_exit 1
		tally "SIGKILL at failpoints"
	done
	run_to_end job.conf
	judge
}

# ---- refusals: exit status 3, what each choice would cost, and the commands to copy ----

# copied NUMBER: lines from topic to topic by a pipeline without state, until $in and $out have the lines 1 to NUMBER.
n_lines=0
copied()
{
	copy_conf
	seq $((n_lines + 1)) "$1" | topic write "$in"
	start job.conf
	wait_for_lines "$out" "$1"
	stop_cleanly
	n_lines=$1
}

expect_refusal()
{
	start job.conf "$@"
	expect_exit 3
}

# cost CHOICE: "AGAIN PERHAPS SKIPPED", as the refusal announces it.
cost()
{
	grep -A 1 -E "^ *weir checkpoints resolve .* --use $1\$" "$log" | tail -n 1 | sed 's/([^()]*: [^()]*)//g' >cost
	echo "$(sed -n 's/.*Read again, so repeated: \([0-9]*\|unknown\).*/\1/p' cost)" \
		"$(sed -n 's/.*Read, and repeated where [^:]*: \([0-9]*\).*/\1/p' cost)" \
		"$(sed -n 's/.*Skipped: \([0-9]*\|unknown\).*/\1/p' cost)" | tr -s ' '
}

# expect_cost CHOICE AGAIN [PERHAPS] SKIPPED
expect_cost()
{
	local choice=$1
	shift
	[ "$(cost "$choice")" = "$*" ] || fail "the cost of --use $choice is said to be $(cost "$choice"), expected $*"
}

# resolve CHOICE: runs the command that the refusal has printed, as it stands there.
resolve()
{
	local command
	command=$(sed -n "s/^ *\(weir checkpoints resolve .* --use $1\)\$/\1/p" "$log" | tail -n 1)
	[ -n "$command" ] || fail "the refusal does not offer --use $1"
	eval "${command/#weir/\"\$weir_program\"}"
}

# goes_on_with N: the next start writes until $out has N lines, and no more.
goes_on_with()
{
	start job.conf
	wait_for_lines "$out" "$1"
	sleep_ms 700
	stop_cleanly
	[ "$(topic records "$out")" = "$1" ] || fail "$out has $(topic records "$out") lines, expected $1"
}

# expect_lines: $out has exactly the lines of stdin, in whatever order.
expect_lines()
{
	LC_ALL=C sort >expected
	values "$out" >actual
	expect_same_lines expected actual
}

# The store that is put back has read 1000 lines and is at checkpoint 1; another one, also at checkpoint 1, has read
# them and 1000 more since. $out has what both have written, 3000 lines.
two_stores_with_one_name()
{
	topic create "$in"
	topic create "$out"
	copy_conf
	sed -i 's/interval = "200ms"/interval = "4m"/' job.conf
	sed -i 's/^sink = {/& transaction_timeout = "13m";/' job.conf
	seq 1000 | topic write "$in"
	run_to_end job.conf --set source.stop=latest
	mv checkpoints first
	topic delete "weir-$pipeline-progress"
	seq 1001 2000 | topic write "$in"
	run_to_end job.conf --set source.stop=latest
	mv checkpoints second
	mv first checkpoints
	sed -i 's/interval = "4m"/interval = "200ms"/' job.conf
}

# ---- safety rules switched off, to see that the judge sees (README.md beside the scenarios has the table) ----

# off RULE...: for WEIR_FAIL.
off()
{
	local rules
	rules=$(printf '%s:always:error,' "$@")
	echo "${rules%,}"
}

# without RULE COMMAND...: every weir that it starts goes without the rule.
without()
{
	rule=$(off "$1"),
	"${@:2}"
}
rule=

# killed_once_at FAILPOINT: the reference job, killed at its fourth checkpoint, started again and run to its end, or
# refused.
killed_once_at()
{
	access_log --create --lines 200000 --addresses 200 --lines-per-second 1000
	topic create "$out"
	paced_ip_count_conf 40000
	WEIR_FAIL=$rule$1:4:kill start job.conf --set pipeline.restart.attempts=0
	expect_exit 1
	ip_count_conf
	WEIR_FAIL=${rule%,} start job.conf
	until_true 60 is_gone "$weir" || fail "weir does not end"
}

# judge_finds lost|doubled [ARGUMENT...]: and nothing less.
judge_finds()
{
	judgement "${@:2}" >judgement && fail "the judge did not notice: $1"
	grep -E "^$1 .*[1-9]" judgement || { cat judgement; fail "nothing was $1"; }
}

# The first instance commits after the second has looked at the markers and before it takes over.
commits_between_look_and_take_over()
{
	access_log --create --lines 200000 --addresses 200 --lines-per-second 1000
	topic create "$out"
	paced_ip_count_conf 40000
	WEIR_FAIL=kafka_sink_before_commit:4:stop,kafka_sink_after_commit:4:kill start job.conf --set pipeline.restart.attempts=0
	local first=$weir stopped second_stopped
	stopped=$(child)
	until_true 20 is_stopped "$stopped" || fail "the first did not stop before its commit"
	cp -r checkpoints copy
	ip_count_conf
	WEIR_FAIL=${rule}recovery_before_take_over:1:stop start job.conf --set "pipeline.checkpoint.directory=$dir/copy"
	second_stopped=$(child)
	until_true 20 is_stopped "$second_stopped" || fail "the second did not stop before it takes over"
	kill -CONT "$stopped"
	until_true 20 is_gone "$first" || fail "the first did not end behind its commit"
	kill -CONT "$second_stopped"
	expect_exit 0
}

late_line_behind_a_restart()
{
	topic create "$in"
	topic create "$out"
	ip_count_conf
	local second
	for second in "30 41" "32 46"; do
		printf '2019-09-15_16:23:%s 10.0.0.1\n' $second | topic write "$in"
		WEIR_FAIL=${rule%,} start job.conf --set source.stop=never
		wait_for_lines "$out" $((${n_started}))
		stop_cleanly
	done
}

# The pipeline reads from "latest"; 1000 lines come before its first start, 1000 before it is killed, 1000 after.
killed_before_the_first_results()
{
	topic create "$in"
	topic create "$out"
	copy_conf
	sed -i 's/^source = {/& start = "latest";/' job.conf
	seq 1000 | topic write "$in"
	WEIR_FAIL=${rule}checkpoint_barrier_injected:1:kill start job.conf --set pipeline.restart.attempts=0 \
		--set pipeline.checkpoint.interval=2s
	wait_for_text running
	seq 1001 2000 | topic write "$in"
	expect_exit 1
	WEIR_FAIL=${rule%,} start job.conf
	wait_for_text running
	seq 2001 3000 | topic write "$in"
	wait_for_lines "$out" 1000
	sleep_ms 700
	stop_cleanly
}

# Both partitions are read to their end; then the process stands still for longer than idle_timeout while lines arrive.
lines_come_while_the_process_stands_still()
{
	access_log --create --partitions 2 --lines 4000 --lines-per-second 100
	topic create "$out"
	ip_count_conf
	sed -i 's/plugin = "ip_count";/& idle_timeout = "2s";/' job.conf
	start job.conf --set source.stop=never
	local process partition
	process=$(child)
	wait_for_text running
	# Idle at their end, the partitions have let the last windows go: all but the newest results are there.
	wait_for_lines "$out" 2600
	kill -STOP "$process"
	# One partition after the other: the fetch that waits at the broker is answered with lines of the first alone.
	for partition in 0 1; do
		access_log --lines 10000 --lines-per-second 50 --start-time 1568564660 \
			--only-partition $partition --seed $((WEIR_SEED + partition))
	done
	sleep_ms 4000
	kill -CONT "$process"
	wait_for_lines "$out" "${1:-5000}"
}

# ---- file to file: no Kafka, the synced store decides ----

file_to_file_job()
{
	awk 'BEGIN {
		for (i = 0; i < 300000; i++) {
			s = int(i / 1000)
			printf "2019-09-15_16:%02d:%02d 10.0.%d.%d\n", int(s / 60), s % 60, i % 7, (i * 31) % 250
		}
	}' >access.log
	{
		pipeline_group
		echo "source = { plugin = \"file\"; path = \"$dir/access.log\"; stop = \"latest\"; };"
		echo 'transforms = ( { plugin = "chaos"; per_second = 60000; }, { plugin = "ip_count"; window = "5s"; } );'
		echo "sink = { plugin = \"file\"; directory = \"$dir/parts\"; };"
	} >job.conf
}

# The results of access.log, counted by awk.
expected_parts()
{
	awk '{
		split($1, time, ":")
		n[sprintf("%s:%s:%02d %s", time[1], time[2], int(time[3] / 5) * 5, $2)]++
	}
	END {
		for (cell in n)
			print cell, n[cell]
	}' access.log | LC_ALL=C sort
}

expect_parts_count_the_lines()
{
	expected_parts >expected
	cat parts/* | LC_ALL=C sort >actual
	expect_same_lines expected actual
}

# As killed_at, from file to file.
file_job_killed_at()
{
	file_to_file_job
	for nth in "${@:2}"; do
		WEIR_FAIL=$1:$nth:kill start job.conf --set pipeline.restart.attempts=0
		expect_exit 1
		tally "SIGKILL at failpoints"
	done
	run_to_end job.conf
	expect_parts_count_the_lines
}

# ---- numbers to files: no Kafka, and bad plugins ----

# numbers_job SOURCE-OPTIONS [TRANSFORM-OPTIONS]: the numbers of the chaos source into files, as job.conf, each once.
# With the second argument they pass the chaos transform.
numbers_job()
{
	{
		pipeline_group
		echo "source = { plugin = \"chaos\"; $1 };"
		[ -z "${2:-}" ] || echo "transforms = ( { plugin = \"chaos\"; $2 } );"
		echo "sink = { plugin = \"file\"; directory = \"$dir/parts\"; };"
	} >job.conf
}

# expect_numbers N: each from 0 to N - 1 is there once.
expect_numbers()
{
	seq 0 $(($1 - 1)) | LC_ALL=C sort >expected
	cat parts/* | LC_ALL=C sort >actual
	expect_same_lines expected actual
}

# Before the next job of the same scenario.
forget_job()
{
	rm -rf parts checkpoints once
}
