#!/bin/sh
# Every command, option, setting and metric is in the man pages, and the pages are clean for mandoc's lint. Run in
# the build folder.
set -eu
weir=framework/weir/weir
WEIR_PLUGIN_PATH=$(for dir in "$PWD"/connectors/*/.libs "$PWD"/transforms/*/.libs; do printf '%s:' "$dir"; done)
export WEIR_PLUGIN_PATH
status=0
lacks()
{
	echo "$*"
	status=1
}

# A page is made here, or came with the release where this is a cross build.
page()
{
	[ -e "framework/man/$1" ] && echo "framework/man/$1" || echo "${srcdir:-.}/framework/man/$1"
}

# expect_in PAGE WHAT NAME: as a term of the page.
expect_in()
{
	term=$(printf '%s' "$3" | sed 's/-/\\-/g') awk 'index($0, ENVIRON["term"]) && /^\./ { found = 1 } END { exit !found }' \
		"$(page "$1")" || lacks "$1 lacks the $2 $3"
}

commands=$($weir --help | sed -n 's/^  \([a-z][a-z-]*\)  *[^ ].*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 5 ] || lacks "weir --help names too few commands: $commands"
for command in $commands; do
	$weir "$command" --help >/dev/null || lacks "weir $command --help fails"
	expect_in weir.1 command "weir $command"
done

# Options that a command takes, from its getopt_long() table.
for file in "${srcdir:-.}"/framework/weir/*.c; do
	for option in $(sed -n 's/.*{"\([a-z-]*\)", *\(required\|no\|optional\)_argument.*/\1/p' "$file"); do
		grep -q -- "--$option" "$file" || lacks "the usage in $file lacks the option --$option"
		expect_in weir.1 option "--$option"
	done
done

names='s/^  \([a-z][a-z_]*\)  *[^ ].*/\1/p'
for setting in $($weir help configuration | sed -n "$names"); do
	expect_in weir.conf.5 setting "$setting"
done
for metric in $($weir help metrics | sed -n "$names"); do
	expect_in weir.1 metric "$metric"
done
for plugin in $($weir plugins list | awk 'NR > 1 {print $1}' | sort -u); do
	[ -e "$(page "weir-$plugin.5")" ] || { lacks "there is no page weir-$plugin.5"; continue; }
	for option in $($weir plugins describe "$plugin" | sed -n "$names"); do
		expect_in "weir-$plugin.5" option "$option"
	done
	expect_in weir.conf.5 plugin "weir-$plugin"
done
for metric in $(grep -rhoE 'metric\([^"()]*"[a-z_]+"' "${srcdir:-.}/connectors" "${srcdir:-.}/transforms" --include='*.c' |
	sed 's/.*"\(.*\)"/\1/' | sort -u); do
	grep -q "$metric" framework/man/weir-*.5 || lacks "metric $metric of a plugin is in no page: its doc must name it"
done

if command -v mandoc >/dev/null; then
	for name in weir.1 weir.conf.5 weir-plugin.7 weir-console.5 weir-file.5 weir-generator.5 weir-ip_count.5 weir-kafka.5; do
		mandoc -T lint -W style "$(page "$name")" || lacks "mandoc finds fault with $name"
	done
fi
exit $status
