# A line of results.tsv as a line of the table.
function number(x)
{
	return x == "" ? "-" : sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3f", x)
}

function spread(median, least, greatest)
{
	return median == "" ? "-" : number(median) " (" number(least) ".." number(greatest) ")"
}

BEGIN {
	FS = "\t"
}

{
	line = sprintf("  %-34s %-26s", $2 ", " $3, spread($4, $5, $6))
	if ($7 != "")
		line = line sprintf(" %-13s %-26s ratio %-6s", $7, spread($8, $9, $10), number($11))
	if ($12 != "")
		line = line "  aim: " $12 "  " $13
	sub(/ +$/, "", line)
	print line
}
