#!/bin/sh
# Each named failpoint of the sources is used by a test, and each switch of a safety rule is shown to be needed.
set -eu
top=${srcdir:-.}
status=0
for name in $(grep -rhoE '(failpoint|pass)\([^"()]*"[a-z_]+"' "$top/framework" "$top/connectors" --include='*.c' | sed 's/.*"\(.*\)"/\1/' | sort -u); do
	if ! grep -rqw "$name" "$top/tests"; then
		echo "failpoint $name: no test uses it (tests/scenario/k*.sh)"
		status=1
	fi
done
# Each switch of a safety rule has a scenario that goes without it, and a row in the table.
for rule in $(grep -rhoE '"rule_[a-z_]+"' "$top/framework" "$top/connectors" --include='*.c' | tr -d '"' | sort -u); do
	if ! grep -qw "$rule" "$top"/tests/scenario/o*.sh || ! grep -qw "$rule" "$top/tests/scenario/README.md"; then
		echo "switch $rule: tests/scenario/o*.sh or the table in tests/scenario/README.md lacks it"
		status=1
	fi
done
exit $status
