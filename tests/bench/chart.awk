# A curve's TSV -> SVG: a panel below the other for each "PANEL: LINE" name in the header. x is logarithmic, y
# begins at 0; where the values of a panel lie far apart, y is logarithmic too.

function log10(x)
{
	return log(x) / log(10)
}

function text(x, y, anchor, what)
{
	gsub(/&/, "\\&amp;", what)
	gsub(/</, "\\&lt;", what)
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, what
}

function line(x1, y1, x2, y2, color)
{
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, color
}

# 1, 2 or 5 times a power of ten: about four steps up to the greatest value.
function step_for(greatest,	step)
{
	step = exp(log(10) * int(log10(greatest) - 2))
	while (greatest / step > 5)
		step *= greatest / step > 25 ? 10 : greatest / step > 10 ? 5 : 2
	return step
}

function x_of(i)
{
	return left + (log10(x[i]) - log10(x[1])) / (log10(x[n]) - log10(x[1])) * width
}

# The least power of ten that is not below a value.
function power_above(value,	power)
{
	power = exp(log(10) * int(log10(value) - 1))
	while (power < value * 0.999)
		power *= 10
	return power
}

# Sets the scale of a panel: from `low`, 0 where it is linear, to `high`.
function scale(name)
{
	high = greatest[name] > 0 ? greatest[name] : 1
	low = 0
	if (least[name] == "" || high / least[name] < 50)
		return
	high = power_above(high)
	low = power_above(least[name]) / 10
}

function y_of(top, value)
{
	return top + height - height * (low > 0 ? log10(value / low) / log10(high / low) : value / high)
}

function draw_axes(top, name,	step, y, i)
{
	text(left, top - 10, "start", name)
	step = step_for(high)
	for (y = low; y <= high * 1.001; y = low > 0 ? y * 10 : y + step) {
		line(left, y_of(top, y), left + width, y_of(top, y), "#ddd")
		text(left - 8, y_of(top, y) + 4, "end", sprintf("%.10g", y))
	}
	for (i = 1; i <= n; i++) {
		line(x_of(i), top, x_of(i), top + height, "#eee")
		text(x_of(i), top + height + 16, "middle", x[i])
	}
	line(left, top + height, left + width, top + height, "#333")
}

# What has no value, or no logarithm, is no point.
function draw_line(top, column, color, place,	i, y, points)
{
	for (i = 1; i <= n; i++) {
		if (value[i, column] == "" || value[i, column] < low)
			continue
		y = y_of(top, value[i, column])
		points = points sprintf("%.1f,%.1f ", x_of(i), y)
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x_of(i), y, color
	}
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", points, color
	line(left + width + 15, top + 15 * place - 4, left + width + 35, top + 15 * place - 4, color)
	text(left + width + 40, top + 15 * place, "start", line_name[column])
}

BEGIN {
	FS = "\t"
	split("#1f6feb #d1242f #1a7f37 #9a6700", colors, " ")
	left = 80; width = 560; height = 160; gap = 70
}

/^# / {
	title = substr($0, 3)
	next
}

n_columns == 0 {
	n_columns = NF
	x_name = $1
	for (c = 2; c <= NF; c++) {
		split($c, part, ": ")
		panel_name[c] = part[1]
		line_name[c] = part[2]
	}
	next
}

{
	x[++n] = $1
	for (c = 2; c <= n_columns; c++) {
		value[n, c] = $c
		if ($c + 0 > greatest[panel_name[c]])
			greatest[panel_name[c]] = $c + 0
		if ($c + 0 > 0 && (least[panel_name[c]] == "" || $c + 0 < least[panel_name[c]]))
			least[panel_name[c]] = $c + 0
	}
}

END {
	for (c = 2; c <= n_columns; c++)
		n_panels += panel_name[c] != panel_name[c - 1]
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n",
		left + width + 170, 40 + n_panels * (height + gap)
	print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
	text(left, 22, "start", title)
	top = 65 - height - gap
	for (c = 2; c <= n_columns; c++) {
		if (panel_name[c] != panel_name[c - 1]) {
			top += height + gap
			place = 0
			scale(panel_name[c])
			draw_axes(top, panel_name[c])
			text(left + width / 2, top + height + 34, "middle", x_name)
		}
		draw_line(top, c, colors[++place], place)
	}
	print "</svg>"
}
