#!/usr/bin/env bash
# A real Kafka broker for the demo, tests and benchmarks: Apache Kafka in KRaft mode, one node, its own
# data folder, free ports of 127.0.0.1.
#
#   broker.sh fetch              gets the jars with Maven into the cache, once
#   broker.sh start DIR          starts the broker of DIR, waits until it answers, prints HOST:PORT.
#                                A DIR that has none gets a new one; an existing one keeps its port,
#                                cluster id and data
#   broker.sh stop DIR           orderly shutdown; shows what errors it logged
#   broker.sh kill DIR           SIGKILL; `start` brings it back
#   broker.sh pause|resume DIR   SIGSTOP, SIGCONT
#   broker.sh address|pid DIR
#   broker.sh cluster DIR        starts a new cluster of three, topics in three copies of which two must be there;
#                                each of DIR/1, DIR/2, DIR/3 is a broker for the commands above; prints all addresses
#
# From the environment: WEIR_BROKER_HEAP (default 512m); WEIR_BROKER_PROPERTIES, a file of further
# server.properties for a new DIR; WEIR_BROKER_PROXIED=1: a new DIR also gets a listener whose clients are led
# to a proxy, DIR/proxied holds the proxy's address and the listener's; =self: a listener beside the first, whose
# two addresses are the same; XDG_CACHE_HOME (default ~/.cache).
set -euo pipefail

kafka_version=4.1.0
jars=${XDG_CACHE_HOME:-$HOME/.cache}/weir/kafka-$kafka_version
java=(java -Xmx"${WEIR_BROKER_HEAP:-512m}" -XX:+UseSerialGC -XX:-UsePerfData
	-Dorg.slf4j.simpleLogger.defaultLogLevel=warn
	-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info
	-Dorg.slf4j.simpleLogger.showDateTime=true
	-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS
	-cp "$jars/*")

die()
{
	echo "broker: $*" >&2
	exit 1
}

# Gathered beside the cache and renamed into it, so two that fetch at once do each other no harm.
fetch()
{
	[ ! -d "$jars" ] || return 0
	command -v mvn >/dev/null || die "mvn not found: run ./bootstrap deps"
	mkdir -p "${jars%/*}"
	work=$(mktemp -d "$jars.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cat >"$work/pom.xml" <<-EOF
		<project>
		  <modelVersion>4.0.0</modelVersion>
		  <groupId>weir</groupId><artifactId>broker</artifactId><version>1</version>
		  <dependencies>
		    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka_version</version></dependency>
		    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
		  </dependencies>
		</project>
	EOF
	echo "broker: fetching Apache Kafka $kafka_version with Maven (43 MB) into $jars" >&2
	(cd "$work" && mvn -B -q -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory="$work/libs") >&2 ||
		die "Maven could not fetch Apache Kafka $kafka_version; its messages are above"
	mv -T "$work/libs" "$jars" 2>/dev/null || [ -d "$jars" ] || die "cannot write $jars"
}

# Below the range from which the kernel takes ports of outgoing connections: nobody moves in while a
# killed broker is down.
free_ports()
{
	perl -MIO::Socket::INET -e '
		my ($n, @sockets) = @ARGV;
		for (1 .. 500) {
			push @sockets, IO::Socket::INET->new(LocalAddr => "127.0.0.1",
				LocalPort => 12000 + int(rand(20000)), Proto => "tcp", Listen => 1) || next;
			last if @sockets == $n;
		}
		die "no free ports between 12000 and 32000\n" if @sockets < $n;
		print join(" ", map { $_->sockport } @sockets), "\n"' "$1"
}

lead_to_a_proxy()
{
	local dir=$1 port proxied_port
	read -r port proxied_port < <(free_ports 2)
	[ "$WEIR_BROKER_PROXIED" != self ] || port=$proxied_port
	sed -i -e "s|^listeners=.*|&,PROXIED://127.0.0.1:$proxied_port|" \
		-e "s|^advertised.listeners=.*|&,PROXIED://127.0.0.1:$port|" "$dir/server.properties.new"
	echo "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT" \
		>>"$dir/server.properties.new"
	echo "127.0.0.1:$port 127.0.0.1:$proxied_port" >"$dir/proxied"
}

random_cluster_id()
{
	head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | cut -c 1-22
}

# make_node DIR CLUSTER-ID NUMBER PORT CONTROLLER-PORT VOTERS COPIES: one of a cluster, whose topics have so many copies.
make_node()
{
	local dir=$1 cluster_id=$2 number=$3 port=$4 controller_port=$5 voters=$6 copies=$7
	local min_isr=$((copies > 1 ? copies - 1 : 1))
	rm -rf "$dir/data"
	mkdir -p "$dir"
	cat >"$dir/server.properties.new" <<-EOF
		process.roles=broker,controller
		node.id=$number
		controller.quorum.voters=$voters
		controller.listener.names=CONTROLLER
		listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
		advertised.listeners=PLAINTEXT://127.0.0.1:$port
		log.dirs=$dir/data
		auto.create.topics.enable=false
		offsets.topic.replication.factor=$copies
		offsets.topic.num.partitions=4
		transaction.state.log.replication.factor=$copies
		transaction.state.log.min.isr=$min_isr
		transaction.state.log.num.partitions=4
		share.coordinator.state.topic.replication.factor=$copies
		share.coordinator.state.topic.min.isr=$min_isr
		default.replication.factor=$copies
		min.insync.replicas=$min_isr
		group.initial.rebalance.delay.ms=0
	EOF
	[ -z "${WEIR_BROKER_PROXIED:-}" ] || lead_to_a_proxy "$dir"
	[ -z "${WEIR_BROKER_PROPERTIES:-}" ] ||
		cat "$WEIR_BROKER_PROPERTIES" >>"$dir/server.properties.new"
	"${java[@]}" kafka.tools.StorageTool format --cluster-id "$cluster_id" \
		--config "$dir/server.properties.new" >"$dir/format.log" 2>&1 ||
		die "cannot format $dir/data: $(cat "$dir/format.log")"
	echo "127.0.0.1:$port" >"$dir/address"
	mv "$dir/server.properties.new" "$dir/server.properties"
}

make_new()
{
	local port controller_port
	read -r port controller_port < <(free_ports 2)
	make_node "$1" "$(random_cluster_id)" 1 "$port" "$controller_port" "1@127.0.0.1:$controller_port" 1
}

# The command line is compared because process ids are used again; a zombie has none.
is_running()
{
	[ -s "$1/pid" ] && grep -qsF "$1/server.properties" "/proc/$(cat "$1/pid")/cmdline"
}

# In a session of its own: a Ctrl-C meant for the caller must not stop the broker first.
launch()
{
	local dir=$1
	: >"$dir/broker.log"
	setsid "${java[@]}" kafka.Kafka "$dir/server.properties" </dev/null >"$dir/broker.log" 2>&1 &
	echo $! >"$dir/pid"
	local deadline=$((SECONDS + 60))
	until grep -q 'Kafka Server started' "$dir/broker.log"; do
		kill -0 $! 2>/dev/null && [ $SECONDS -lt $deadline ] || return 1
		sleep 0.1
	done
}

start()
{
	local dir=$1 is_new=false
	! is_running "$dir" || die "$dir: already running"
	command -v java >/dev/null || die "java not found: run ./bootstrap deps"
	fetch
	for _ in 1 2 3 4 5; do
		if [ ! -e "$dir/server.properties" ]; then
			is_new=true
			make_new "$dir"
		fi
		if launch "$dir"; then
			cat "$dir/address"
			return 0
		fi
		kill -KILL "$(cat "$dir/pid")" 2>/dev/null || true
		# Another one took the port after we had looked.
		$is_new && grep -q 'BindException' "$dir/broker.log" || break
		rm "$dir/server.properties"
	done
	tail -n 30 "$dir/broker.log" >&2
	die "the broker of $dir did not start; the end of its log is above"
}

start_cluster()
{
	local dir=$1 cluster_id ports voters number launching=()
	fetch
	cluster_id=$(random_cluster_id)
	read -r -a ports < <(free_ports 6)
	voters=1@127.0.0.1:${ports[3]},2@127.0.0.1:${ports[4]},3@127.0.0.1:${ports[5]}
	for number in 1 2 3; do
		make_node "$dir/$number" "$cluster_id" "$number" "${ports[number - 1]}" "${ports[number + 2]}" "$voters" 3
	done
	# None of them is up before two are.
	for number in 1 2 3; do
		launch "$dir/$number" &
		launching+=($!)
	done
	for number in 1 2 3; do
		wait "${launching[number - 1]}" || die "$dir/$number did not start: $(tail -n 30 "$dir/$number/broker.log")"
	done
	echo "127.0.0.1:${ports[0]},127.0.0.1:${ports[1]},127.0.0.1:${ports[2]}"
}

wait_until_gone()
{
	local deadline=$((SECONDS + $2))
	while is_running "$1"; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.1
	done
}

stop()
{
	local dir=$1
	is_running "$dir" || return 0
	kill -CONT "$(cat "$dir/pid")"
	kill -TERM "$(cat "$dir/pid")"
	wait_until_gone "$dir" 20 || kill_now "$dir"
	local errors
	errors=$(grep -m 10 -F '] ERROR ' "$dir/broker.log" || true)
	[ -z "$errors" ] || printf 'broker: it logged errors:\n%s\n' "$errors" >&2
}

kill_now()
{
	is_running "$1" || die "$1: not running"
	kill -KILL "$(cat "$1/pid")"
	wait_until_gone "$1" 10
}

command=${1:-} dir=${2:-}
case $command in
fetch)
	fetch
	exit ;;
start | stop | kill | pause | resume | address | pid | cluster)
	[ -n "$dir" ] || die "which broker? broker.sh $command DIR"
	dir=$(realpath -m "$dir") ;;
*)
	sed -n '/^#   /s/^#   //p' "$0" >&2
	exit 2 ;;
esac
case $command in
start) start "$dir" ;;
stop) stop "$dir" ;;
kill) kill_now "$dir" ;;
pause) kill -STOP "$(cat "$dir/pid")" ;;
resume) kill -CONT "$(cat "$dir/pid")" ;;
address | pid) cat "$dir/$command" ;;
cluster) start_cluster "$dir" ;;
esac
