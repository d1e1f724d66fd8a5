#!/bin/sh
# Each named failpoint of the sources is killed at by a scenario.
set -eu
top=${srcdir:-.}
status=0
for name in $(grep -rhoE 'failpoint\([^"()]*"[a-z_]+"' "$top/framework" "$top/connectors" --include='*.c' | sed 's/.*"\(.*\)"/\1/' | sort -u); do
	if ! grep -qE "killed_at $name( |\$)" "$top"/tests/scenario/k*.sh; then
		echo "failpoint $name: no scenario kills there (tests/scenario/k*.sh)"
		status=1
	fi
done
exit $status
