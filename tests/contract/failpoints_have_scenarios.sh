#!/bin/sh
# Each named failpoint of the sources is used by a test.
set -eu
top=${srcdir:-.}
status=0
for name in $(grep -rhoE '(failpoint|pass)\([^"()]*"[a-z_]+"' "$top/framework" "$top/connectors" --include='*.c' | sed 's/.*"\(.*\)"/\1/' | sort -u); do
	if ! grep -rqw "$name" "$top/tests"; then
		echo "failpoint $name: no test uses it (tests/scenario/k*.sh)"
		status=1
	fi
done
exit $status
