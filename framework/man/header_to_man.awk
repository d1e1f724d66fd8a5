# plugin.h as a part of a man page: its head comment as text, then a section for each part, as it stands there.
function escape(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	gsub(/`/, "\\(ga", text)
	gsub(/\^/, "\\(ha", text)
	gsub(/~/, "\\(ti", text)
	gsub(/\t/, "    ", text)
	sub(/^\./, "\\\\\\&.", text)
	return text
}

function begin(title)
{
	end()
	print ".SS \"" escape(title) "\""
	print ".EX"
	is_open = 1
	blank = 0
}

function end()
{
	if (is_open)
		print ".EE"
	is_open = 0
}

NR == 1 {
	begin("Rules")
	in_head = 1
	next
}
in_head {
	if (/\*\//) {
		in_head = 0
		begin("Versions and features")
		next
	}
	sub(/^ \* ?/, "")
}
/^\/\* ---- .* -* ?\*\/$/ {
	title = $0
	gsub(/^\/\* ---- | -*-? ?\*\/$/, "", title)
	begin(toupper(substr(title, 1, 1)) substr(title, 2))
	next
}
/^#(ifndef|define) WEIR_PLUGIN_H|^#ifdef __cplusplus|^extern "C"|^#include|^#endif$/ {
	next
}
/^}$/ && !in_body {
	next # of extern "C"
}
/{$/ && /^[a-z_].*\)$/ {
	in_body = 1
}
/^$/ {
	blank = 1
	next
}
{
	if (blank)
		print ""
	blank = 0
	print escape($0)
}
END {
	end()
}
