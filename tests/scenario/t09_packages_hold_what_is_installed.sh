# What `make install` installs is in one of the Debian packages, and these name nothing that is not there; services are well-formed.
. "$(dirname "$0")/../lib/scenario.sh"

make -C "$WEIR_BUILD" install DESTDIR="$dir/installed" >make.log 2>&1 || { tail make.log; fail "make install"; }

# As a configure for Debian would have it: in /usr, plugins and libraries in the folder of the architecture.
libdir=$(cd installed && find . -name weir.pc | sed 's,^\./,,; s,/pkgconfig/weir.pc,,')
prefix=$(cd installed && find . -path '*/bin/weir' | sed 's,^\./,,; s,/bin/weir,,')
(cd installed && find . ! -type d) | sed "s,^\./,,; s,^$prefix/lib/systemd/,lib/systemd/,
	s,^$prefix/lib/\(sysusers\|tmpfiles\)\.d/,usr/lib/\1.d/,; s,^$libdir/,usr/lib/ARCHITECTURE/,; s,^$prefix/,usr/," |
	grep -v '\.la$' | sort >files
[ "$(wc -l <files)" -gt 20 ] || fail "too few files were installed: $(cat files)"

debian=$here/../../debian
[ -d "$debian" ] || skip "a release tarball has no debian/"
: >packaged
for pattern in $(cat "$debian"/*.install); do
	found=$(while read -r file; do [[ $file == $pattern || $file == $pattern/* ]] && echo "$file"; done <files || true)
	[ -n "$found" ] || fail "a debian/*.install names $pattern, which is not installed"
	echo "$found" >>packaged
done
sort -u packaged | diff files - || fail "in no package: what is marked with < above"
[ "$(sort packaged | uniq -d | wc -l)" = 0 ] || fail "in two packages: $(sort packaged | uniq -d)"

command -v systemd-analyze >/dev/null || exit 0
cp "$(find installed -name 'weir@.service')" weir@name.service
cp "$(find installed -name weir.service)" .
for unit in weir weir@name; do
	systemd-analyze security --offline=yes --threshold=20 "./$unit.service" >exposure || fail "$(tail -n 1 exposure)"
	grep -o 'exposure level.*' exposure
done
