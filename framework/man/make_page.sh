#!/bin/sh
# Makes a man page from its frame: make_page.sh WEIR FRAME HEADER weir-PLUGIN.5... What stands in the frame as a line
# of its own, @COMMANDS@, @CONFIGURATION@, @METRICS@, @PLUGINS@ or @CONTRACT@, comes from the program and plugin.h.
set -eu
weir=$1 frame=$2 header=$3
shift 3
here=$(dirname "$0")
time=${SOURCE_DATE_EPOCH:-$(date +%s)}
date=$(LC_ALL=C date -u -d "@$time" +%Y-%m-%d 2>/dev/null || LC_ALL=C date -u -r "$time" +%Y-%m-%d)
version=$("$weir" --version | sed -n '1s/^weir \([^ ]*\).*/\1/p')

commands()
{
	"$weir" --help | sed -n 's/^  \([a-z][a-z-]*\)  *[^ ].*/\1/p' | while read -r command; do
		echo ".SS weir $command" | sed 's/-/\\-/g'
		"$weir" "$command" --help | awk -f "$here/help_to_man.awk"
	done
}

plugins()
{
	for page; do
		plugin=$(basename "$page" .5)
		plugin=${plugin#weir-}
		echo ".TP"
		echo ".BR weir\\-$plugin (5)"
		"$weir" plugins describe "$plugin" | sed -n "s/^$plugin [^ ]*, a \([a-z]*: .*\)/\1/p" | sed '1!i\
.br'
	done
}

while IFS= read -r line; do
	case $line in
	@COMMANDS@) commands ;;
	@CONFIGURATION@) "$weir" help --man configuration ;;
	@METRICS@) "$weir" help --man metrics ;;
	@PLUGINS@) plugins "$@" ;;
	@CONTRACT@) awk -f "$here/header_to_man.awk" "$header" ;;
	*) printf '%s\n' "$line" | sed -e "s/@DATE@/$date/g" -e "s/@VERSION@/$version/g" ;;
	esac
done <"$frame"
