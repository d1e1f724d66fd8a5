# Keys, values and header values that are absent stay absent, empty ones stay empty, from topic to topic; and in a count they are rejected by policy, as dead letters as they came.
. "$(dirname "$0")/../lib/scenario.sh"

topic create "$in"
topic create "$out"
printf '%s\n' '\N	\N' '	' '\N	' '	\N' 'key	\N' '\N	value' 'key	value	a=1	b=	c=\N	a=2' '\N	\N	h=\N' 'tombstone	\N' \
	'key with spaces	10.0.0.1 é' >records
topic write "$in" --exact <records
copy_conf
run_to_end job.conf --set source.stop=latest
topic show "$out" --exact >copied
cmp records copied || { diff records copied; fail "records were changed on their way"; }
echo "saw: $(wc -l <copied) records, the same on both sides"

topic create "$out-counts"
topic create "$dead"
topic write "$in" <<<"2019-09-15_16:23:40 10.9.9.9"
out=$out-counts
ip_count_conf
sed -i "s,$dir/checkpoints,&-count,; s,name = \"$pipeline\",name = \"$pipeline-count\",; s/topic = \"$out\";/& dead_letter_topic = \"$dead\";/" job.conf
start job.conf
expect_exit 1
expect_text "$log" "cannot process the record at $in, partition 0, offset 0"
run_to_end job.conf --set 'transforms[0].on_error=dead_letter'
topic show "$dead" --exact | sed 's/	weir\.[a-z]*=[^	]*//g' >letters
cmp records letters || { diff records letters; fail "dead letters are not what came"; }
[ "$(values "$out")" = "2019-09-15_16:23:40 10.9.9.9 1" ] || fail "the line among them was not counted"
