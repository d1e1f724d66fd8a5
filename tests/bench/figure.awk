# Values of runs -> one line of results.tsv:
# row, figure, unit; median, least, greatest of weir; name, median, least, greatest of the other; ratio; aim,
# verdict; all values of weir; all of the other. Empty where there is none.

# Sorts v[1..n], returns n. Sets median, least, greatest.
function digest(text,	v, n, i, j, x)
{
	n = split(text, v, " ")
	for (i = 2; i <= n; i++) {
		x = v[i] + 0
		for (j = i - 1; j > 0 && v[j] + 0 > x; j--)
			v[j + 1] = v[j]
		v[j + 1] = x
	}
	median = n == 0 ? "" : n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	least = n > 0 ? v[1] : ""
	greatest = n > 0 ? v[n] : ""
	return n
}

function verdict_of(aim, what,	limit, is_met)
{
	limit = aim
	sub(/^[a-z]*[<>]=/, "", limit)
	is_met = aim ~ />=/ ? what >= limit + 0 : what <= limit + 0
	return what == "" ? "no figure" : is_met ? "met" : "missed"
}

BEGIN {
	OFS = "\t"
	digest(values)
	weir = median OFS least OFS greatest
	what = aim ~ /^greatest/ ? greatest : median
	weir_median = median
	digest(other_values)
	ratio = weir_median != "" && median + 0 > 0 ? weir_median / median : ""
	if (aim ~ /^ratio/)
		what = ratio
	print row, figure, unit, weir, other, median, least, greatest, ratio, aim, aim != "" ? verdict_of(aim, what) : "", values, other_values
}
