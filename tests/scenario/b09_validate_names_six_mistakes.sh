# Every mistake in one go, each with file:line.
. "$(dirname "$0")/../lib/scenario.sh"

cat >job.conf <<'EOF'
pipeline = {
  name = "six mistakes";
  checkpoint = { interval = "5 sec"; directory = "/nonexistent"; };
  paralelism = 4;
};
source = { plugin = "kafka"; bootstrap_servers = "localhost:9092"; topic = [ "a" ]; start = "newest"; };
transforms = ( { plugin = "ip_counts"; window = "5s"; } );
sink = { plugin = "kafka"; bootstrap_servers = "localhost:9092"; topic = 5; };
EOF
status=0
"$weir_program" validate job.conf >findings 2>&1 || status=$?
cat findings >weir.validate.log
[ $status = 2 ] || fail "weir validate exited with $status, expected 2"
expect_finding()
{
	grep -q "job.conf:$1: error: .*$2" findings || fail "line $1: no error that names $2"
}
expect_finding 2 'six mistakes'
expect_finding 3 '5 sec'
expect_finding 4 'parallelism'
expect_finding 6 'topics'
expect_finding 6 'newest'
expect_finding 7 'ip_count'
expect_finding 8 'topic'
