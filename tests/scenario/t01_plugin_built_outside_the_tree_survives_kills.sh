# tests/third_party/sum, built against the installed header, on plugin_path: sums per key and window, killed twice.
# limit: 180
. "$(dirname "$0")/../lib/scenario.sh"

make -C "$WEIR_BUILD" install DESTDIR="$dir/installed" >make.log 2>&1 || { tail make.log; fail "make install"; }
pkgconfig=$(dirname "$(find "$dir/installed" -name weir.pc)")
cp -r "$here/../third_party/sum" .
PKG_CONFIG_PATH=$pkgconfig PKG_CONFIG_SYSROOT_DIR=$dir/installed make -C sum CFLAGS="-O2 -Wall -Wextra -Werror"

awk -v seed="$WEIR_SEED" 'BEGIN {
	srand(seed)
	for (i = 0; i < 400000; i++)
		printf "%.0f key%d %d\n", 1568535815000 + int(i / 2), rand() * 300, int(rand() * 2001) - 1000
}' >numbers
topic create "$out" --partitions 2
{
	echo "plugin_path = [ \"$dir/sum\" ];"
	pipeline_group
	echo "source = { plugin = \"file\"; path = \"$dir/numbers\"; stop = \"latest\"; };"
	echo 'transforms = ( { plugin = "chaos"; per_second = 60000; }, { plugin = "sum"; window = "5s"; } );'
	kafka_sink
} >job.conf
for _ in 1 2; do
	start job.conf --set pipeline.parallelism=2
	sleep_ms "$(random_between 1000 2000)"
	kill_supervisor
done
run_to_end job.conf --set pipeline.parallelism=2
expect_restored_checkpoints

awk '{
	sum[int($1 / 5000) * 5000 " " $2] += $3
}
END {
	for (cell in sum)
		print cell, sum[cell]
}' OFMT=%.0f CONVFMT=%.0f numbers | LC_ALL=C sort >expected
values "$out" >actual
expect_same_lines expected actual
