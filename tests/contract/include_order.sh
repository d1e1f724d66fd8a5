#!/bin/sh
# Who may include whom: each folder of framework/ only what stands before it here; of two on one step neither
# the other. connectors/ and transforms/ see weir/plugin.h, each other's plain helpers, and nothing else.
# libconfig and RocksDB are the business of one folder each, Kafka of none.
set -eu
cd "${srcdir:-.}"
violations=$(grep -rnE '^[[:space:]]*#[[:space:]]*include' framework connectors transforms --include='*.[ch]' | awk -F: '
BEGIN {
	n = split("base=1 observe=2 options=3 plugin=4 configuration=5 state=5 checkpoint=5 pipeline=6 harness=7 supervisor=7 conformance=8 control=8 weir=9", steps, " ")
	for (i = 1; i <= n; i++) { split(steps[i], pair, "="); step[pair[1]] = pair[2] }
	owner["libconfig.h"] = "configuration"; owner["rocksdb"] = "checkpoint"; owner["librdkafka"] = "nobody"
}
{
	file = $1; text = $3; split(file, at, "/"); tree = at[1]; folder = at[2]
	match(text, /["<][^">]*/); header = substr(text, RSTART + 1, RLENGTH - 1)
	quoted = text ~ /"/; n = split(header, part, "/"); top = part[1]; bad = 0
	if (header == "weir/plugin.h" || header == "weir/harness.h" || header == "config.h") next
	if (tree == "framework" && quoted) bad = top != folder && !(top in step && step[top] < step[folder])
	else if (tree == "framework") bad = top in owner && owner[top] != folder
	else if (quoted) bad = n > 1 && top != "connectors" && top != "transforms"
	if (bad) print file ":" $2 ": " folder " must not include " header
}')
[ -z "$violations" ] && exit 0
echo "$violations"
exit 1
