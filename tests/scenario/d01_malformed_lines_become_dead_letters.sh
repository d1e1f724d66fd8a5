# on_error = dead_letter, killed in between: each malformed line once in the dead letter topic, with where it came from; the others are counted.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --partitions 2 --lines 1000
for i in $(seq 1000); do
	echo "malformed $i"
	echo "2019-09-15_16:23:40 10.0.0.$((i % 200))"
done | topic write "$in"
access_log --lines 200000 --start-time 1568564630
topic create "$out"
topic create "$dead"
paced_ip_count_conf 100000
sed -i "s/plugin = \"ip_count\";/& on_error = \"dead_letter\";/; s/topic = \"$out\";/& dead_letter_topic = \"$dead\";/" job.conf
start job.conf
sleep_ms 1200
kill_supervisor
run_to_end job.conf
judge

topic show "$dead" --all >letters
seq 1000 | sed 's/^/malformed /' | LC_ALL=C sort >expected
cut -f 4 letters | LC_ALL=C sort >actual
expect_same_lines expected actual
# Each names the record that has this value in the source.
topic show "$in" --all | awk -F '\t' '$4 ~ /^malformed/ {print $1, $2, $4}' | LC_ALL=C sort >expected
awk -F '\t' -v topic="$in" '
	{
		delete header
		for (i = 5; i <= NF; i++)
			header[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
		if (header["weir.reason"] == "" || header["weir.component"] != "transforms[1]" || header["weir.stream"] != topic)
			print "headers of line", NR, "are wrong:", $0 >"/dev/stderr"
		print header["weir.partition"], header["weir.offset"], $4
	}' letters 2>wrong | LC_ALL=C sort >actual
[ ! -s wrong ] || fail "$(head -n 3 wrong)"
expect_same_lines expected actual
