#!/bin/sh
# The version stands in configure.ac, NEWS, debian/changelog, the spec and the plugins: everywhere the same.
set -eu
cd "${srcdir:-.}"
version=$(sed -n 's/^AC_INIT(\[weir\], \[\([^]]*\)\].*/\1/p' configure.ac)
status=0
expect()
{
	[ "$2" = "$version" ] || { echo "$1 has version '$2', configure.ac '$version'"; status=1; }
}
echo "$version" | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+$' || { echo "'$version' is no semantic version"; status=1; }
expect NEWS "$(sed -n '1s/^weir \([^ ]*\) .*/\1/p' NEWS)"
[ ! -e debian/changelog ] || expect debian/changelog "$(sed -n '1s/^weir (\([^-]*\)-.*/\1/p' debian/changelog)"
expect "the change log of config/weir.spec.in" "$(sed -n 's/^\* .*> - \([^-]*\)-.*/\1/p' config/weir.spec.in | head -n 1)"
for file in $(grep -rlE 'WEIR_PLUGIN\(' connectors transforms --include='*.c'); do
	expect "$file" "$(sed -n 's/.*\.version = "\([^"]*\)".*/\1/p' "$file")"
done
# The interface to plugins, as the packages provide it.
for part in MAJOR MINOR; do
	of_header=$(sed -n "s/^#define WEIR_ABI_$part *//p" framework/include/weir/plugin.h)
	of_spec=$(sed -n "s/^%global abi_$(echo $part | tr A-Z a-z) *//p" config/weir.spec.in)
	[ "$of_header" = "$of_spec" ] || { echo "weir.spec.in has WEIR_ABI_$part $of_spec, plugin.h $of_header"; status=1; }
done
exit $status
