#!/bin/sh
# The plugins that weir brings with it hold what the conformance kit asks for (Kafka's: tests/scenario/t02_*).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# PLUGIN [OPTION]...
holds()
{
	plugin=$1
	shift
	echo "== $plugin"
	framework/weir/weir test-plugin "$@" "$plugin" > "$work/log" || { cat "$work/log"; exit 1; }
	cat "$work/log"
}

must_pass()
{
	for check in "$@"; do
		grep -q "^PASS  $check: " "$work/log" || { echo "\"$check\" was not tried"; exit 1; }
	done
}

seq -f 'line %g' 1 300 > "$work/lines"
mkdir "$work/parts"
awk 'BEGIN { for (i = 0; i < 300; i++) printf "2019-09-15_16:%02d:%02d 192.168.1.%d\n", 20 + i / 60, i % 60, i % 4 }' > "$work/requests"

holds connectors/file/.libs/file_source.so --option "path=$work/lines"
must_pass 'restore at every barrier' 'poll is interrupted' 'two instances at once' 'nothing left behind' 'option limits'
holds connectors/file/.libs/file_sink.so --option "directory=$work/parts" --output "cat $work/parts/*"
must_pass 'commit twice' 'crash while writing' 'crash when prepared, not decided' 'crash when aborted' 'crash when prepared and decided' \
	'crash when committed' 'crash when committed again' 'bad records' 'nothing left behind'
holds connectors/generator/.libs/generator.so
must_pass 'restore at every barrier' 'two instances at once' 'nothing left behind' 'option limits'
holds connectors/console/.libs/console.so
must_pass 'crash when prepared and decided' 'bad records' 'nothing left behind'
holds transforms/ip_count/.libs/ip_count.so --option window=5s --input "$work/requests"
must_pass 'restore at every barrier' 'two instances at once' 'bad records' 'nothing left behind'
