# A bit of the state flips between disk and memory: refused, with the chunk named. With rule_chunk_checksum off it is
# counted with.
. "$(dirname "$0")/../lib/scenario.sh"

access_log --create --lines 200000 --addresses 200 --lines-per-second 1000
topic create "$out"
paced_ip_count_conf 40000
WEIR_FAIL=kafka_sink_after_commit:4:kill start job.conf --set pipeline.restart.attempts=0
expect_exit 1
WEIR_FAIL=chunk_is_spoilt:always:error expect_refusal
expect_text "$log" "its checksum is not that of its record"
WEIR_FAIL=chunk_is_spoilt:always:error,$(off rule_chunk_checksum) run_to_end job.conf
judgement >judgement && fail "the judge did not notice"
grep -E '^(lost|doubled) .*[1-9]' judgement
