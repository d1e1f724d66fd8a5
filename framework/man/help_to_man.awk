# The text of `weir COMMAND --help` as a part of a man page. Two spaces or more divide a term from its text; what
# is indented as far as that text belongs to it.
function escape(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	gsub(/`/, "\\(ga", text)
	gsub(/"/, "\\(dq", text)
	gsub(/~/, "\\(ti", text)
	return text
}

function say(text,    n, i, words, line)
{
	n = split(escape(text), words, / +/)
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line) + 1 + length(words[i]) > 78) {
			print line
			line = ""
		}
		if (line == "" && words[i] ~ /^\./)
			words[i] = "\\&" words[i]
		line = line (line == "" ? "" : " ") words[i]
	}
	print line
}

function close_to(column)
{
	for (was_nested = 0; depth > 0 && column < at[depth]; depth--)
		if (depth > 1) {
			print ".RE"
			was_nested = 1
		}
	if (was_nested && depth > 0)
		print ".IP"
}

/^usage: / || (in_usage && /^       [^ ]/) {
	if (!in_usage)
		print ".EX"
	in_usage = 1
	print escape(substr($0, 8))
	next
}
in_usage {
	print ".EE"
	in_usage = 0
	gap = 1
}
/^ *$/ {
	gap = 1
	next
}
{
	match($0, /^ */)
	indent = RLENGTH
	rest = substr($0, indent + 1)
	is_term = match(rest, /   *[^ ]/)
	if (is_term)
		term = substr(rest, 1, RSTART - 1)
	column = is_term ? indent + RSTART + RLENGTH - 2 : indent
	if (is_term) {
		while (depth > 0 && indent < at[depth] && indent != term_at[depth])
			if (depth-- > 1)
				print ".RE"
		if (depth == 0 || indent >= at[depth]) {
			if (depth > 0)
				print ".RS"
			depth++
		}
		term_at[depth] = indent
		at[depth] = column
		print ".TP"
		print ".B " escape(term)
		say(substr(rest, RSTART + RLENGTH - 1))
	} else {
		before = depth
		close_to(indent)
		if (depth == 0 && (before > 0 || gap))
			print ".PP"
		say(rest)
	}
	gap = 0
}
END {
	if (in_usage)
		print ".EE"
	close_to(-1)
}
