#!/bin/sh
# Plugins built with the plugin.h of ABI 1.0 load, hold what the conformance kit asks for, and run in a pipeline of today.
set -eu
weir=framework/weir/weir
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2> /dev/null || true; rm -rf "$work"' EXIT
plugins=$PWD/tests/contract/.libs
mkdir "$work/kit" "$work/parts"

$weir plugins --plugin-path "$plugins" list > "$work/list"
for plugin in old_source old_transform old_sink old_sum; do
	awk -v name=$plugin -v path="$plugins/$plugin.so" '$1 == name && $4 == "1.0" && $5 == path { found = 1 } END { exit !found }' \
		"$work/list" || { echo "$plugin is not listed with ABI 1.0:"; cat "$work/list"; exit 1; }
done

holds()
{
	plugin=$1
	shift
	echo "== $plugin"
	$weir test-plugin "$@" "$plugins/$plugin.so"
}
holds old_source
holds old_transform
holds old_sum --option window=5s
holds old_sink --option "directory=$work/kit" --output "cat $work/kit/done-*"

cat > "$work/job.conf" << END
plugin_path = [ "$plugins" ];
pipeline = { name = "old"; checkpoint = { interval = "200ms"; directory = "$work/checkpoints"; }; };
source = { plugin = "old_source"; };
transforms = ( { plugin = "old_transform"; } );
sink = { plugin = "old_sink"; directory = "$work/parts"; };
END
$weir run "$work/job.conf" 2> "$work/log" &
pid=$!
waited=0
until [ "$(cat "$work"/parts/done-* 2> /dev/null | wc -l)" -ge 200 ]; do
	waited=$((waited + 1))
	[ $waited -lt 600 ] && kill -0 $pid 2> /dev/null || { echo 'the pipeline of old plugins gives nothing:'; cat "$work/log"; exit 1; }
	sleep 0.1
done
kill -TERM $pid
wait $pid || { echo 'it did not stop cleanly:'; cat "$work/log"; exit 1; }
pid=
# two partitions of the numbers 0 to 99
seq 0 99 | awk '{ print; print }' | LC_ALL=C sort > "$work/expected"
cat "$work"/parts/done-* | LC_ALL=C sort > "$work/actual"
cmp "$work/expected" "$work/actual"
