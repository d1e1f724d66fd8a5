#!/bin/sh
# The harness needs nothing but the C library, from C and from C++, and lets nothing else of weir be seen.
set -eu
program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
archive=framework/libweir-harness.a
cat > "$program/uses.c" <<'END'
#include <weir/harness.h>
int main(void)
{
	struct weir_harness *h = weir_harness_load("/nonexistent/shout.so");
	int failed = h == NULL || weir_harness_open(h) != WEIR_FATAL || *weir_harness_failure(h) == '\0';
	weir_harness_free(h);
	return failed;
}
END
try()
{
	# shellcheck disable=SC2086 # flags are words
	"$@" ${SANITIZER_FLAGS:-} -Wall -Wextra -Werror -I"${srcdir:-.}/framework/include" "$program/uses.c" -x none "$archive" -o "$program/uses"
	"$program/uses"
}
# shellcheck disable=SC2086 # CC may be two words
try ${CC:-cc} -std=c11
if [ -z "${SANITIZER_FLAGS:-}" ] && command -v c++ > /dev/null; then try c++ -x c++ -std=c++11; fi
seen=$(nm --defined-only --extern-only "$archive" | awk 'NF == 3 && $3 !~ /^weir_(harness|snapshot)_/ { print $3 }')
[ -z "$seen" ] || { echo "the archive shows: $seen"; exit 1; }
