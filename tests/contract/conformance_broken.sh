#!/bin/sh
# Each plugin that breaks the contract in one way is caught by the check that is meant for it, with words that fit.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# PLUGIN CHECK WORDS [OPTION]...: the kit says "FAIL  CHECK: ...WORDS..." of it
caught()
{
	plugin=$1 check=$2 words=$3
	shift 3
	mkdir "$work/$plugin"
	status=0
	framework/weir/weir test-plugin "$@" "tests/plugins/.libs/$plugin.so" > "$work/log" 2>&1 || status=$?
	if [ $status -eq 1 ] && grep "^FAIL  $check: " "$work/log" | grep -q -- "$words"; then
		echo "$plugin: $(grep "^FAIL  $check: " "$work/log")"
	else
		echo "$plugin was not caught by \"$check\" with \"$words\" (status $status):"
		cat "$work/log"
		failed=1
	fi
}

sink()
{
	caught "$@" --option "directory=$work/$1" --output "cat $work/$1/done-*"
}

caught broken_position 'restore at every barrier' 'numbers, partition 1'
caught broken_interrupt 'poll is interrupted' 'though it was interrupted'
sink broken_commit 'commit twice' 'commit() a second time: sink: cannot rename'
sink broken_early 'crash when prepared, not decided' 'what was not decided can be seen'
sink broken_prepared 'crash when prepared and decided' 'what was decided can be seen not at all'
caught broken_descriptor 'nothing left behind' 'descriptors left'
caught broken_thread 'nothing left behind' '1 thread left'
# where a sanitizer looks for leaks, it finds this one at the end of the first check
[ -n "${SANITIZER_FLAGS:-}" ] || caught broken_memory 'nothing left behind' 'memory grows'
caught broken_static 'two instances at once' 'outside of its instance'
caught broken_doc 'loads' "option 'slots' has no doc"
caught broken_limit 'option limits' "option 'slots' = -9223372036854775808"
caught broken_crash 'bad records' 'died of signal 6 .*in process(), while trying: a record: absent value'
caught broken_hang 'bad records' 'did not end within 10 s, in process(), while trying: a record: empty value' --timeout 10
caught broken_policy 'bad records' 'on_error = "skip", but a record (absent value) fails the pipeline'
exit $failed
