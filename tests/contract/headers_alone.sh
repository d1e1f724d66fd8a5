#!/bin/sh
# Every header of the framework compiles by itself; plugin.h as C11 without extensions and as C++, too.
cd "${srcdir:-.}" || exit 1
failed=0
try()
{
	"$@" -fsyntax-only -Wall -Wextra -Werror -Iframework/include -Iframework || failed=1
}
for header in $(find framework -name '*.h'); do
	try ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -x c "$header"
done
for header in framework/include/weir/*.h; do
	try ${CC:-cc} -std=c11 -Wpedantic -x c "$header"
	if command -v c++ >/dev/null; then
		try c++ -std=c++11 -Wpedantic -x c++ "$header"
	fi
done
exit $failed
