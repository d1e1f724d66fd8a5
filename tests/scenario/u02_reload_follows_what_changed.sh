# Reload adds new pipelines, stops those whose file is gone and restarts those whose settings changed, be it in an included file or behind ${file:...}; a comment is no change.
. "$(dirname "$0")/../lib/scenario.sh"
. "$(dirname "$0")/../lib/daemon.sh"

for name in same commented changed included referred gone; do
	copy_pipeline $name
done
echo 'parallelism = 1;' >part.inc
sed -i "s,name = .*,&\n@include \"$dir/part.inc\"," pipelines.d/included.conf
echo part >prefix
sed -i "s,plugin = \"file\"; directory,prefix = \"\${file:$dir/prefix}\"; &," pipelines.d/referred.conf
serve
for name in same commented changed included referred gone; do
	wait_for_state $name RUNNING
	echo "$(figure $name process)" >$name.before
done
gone=$(<gone.before)
echo '# more words' >>pipelines.d/commented.conf
sed -i 's/attempts = 2/attempts = 7/' pipelines.d/changed.conf
echo 'watchdog = "2m";' >part.inc
echo piece >prefix
rm pipelines.d/gone.conf
copy_pipeline new
kill -HUP "$weir"
wait_for_text "1 added, 1 removed, 3 restarted, 2 unchanged, 0 refused"
wait_for_state new RUNNING
for name in changed included referred; do
	wait_for_state $name RUNNING
	[ "$(figure $name process)" != "$(<$name.before)" ] || fail "'$name' was not restarted"
done
for name in same commented; do
	[ "$(figure $name process)" = "$(<$name.before)" ] || fail "'$name' was restarted"
done
[ "$(figure changed allowed)" = 7 ] || fail "'changed' has $(figure changed allowed) restart attempts"
until_true 20 is_gone "$gone" || fail "'gone' still runs"
until_true 20 test -z "$(state gone)" || fail "'gone' is still shown"
[ "$(ask reload | sort | head -n 1)" = "unchanged: changed" ] || fail "a second reload changes: $(ask reload)"
stop_cleanly
