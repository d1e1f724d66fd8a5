# Offsets that come again, unknown partitions, lengths without data, positions that go back, statuses that mean nothing: the log says which plugin and what, and no record is there twice.
. "$(dirname "$0")/../lib/scenario.sh"

refused()
{
	forget_job
	numbers_job "records = 20000; per_second = 40000; at = 5000; action = \"$1\"; once = \"$dir/once\";"
	run_to_end job.conf
	[ -e once ] || fail "the plugin did not do it: $1"
	expect_text "$log" "$2"
	expect_text "$log" "restart 1 of 3"
	expect_numbers 20000
}

refused repeat "plugin 'chaos' appended a record in poll() that cannot be (numbers, partition 0, offset 4998): its offset lies before"
refused partition "its partition was never registered"
refused no_data "its key, value or headers have a length but no data"
refused length "its key, value or headers have a length but no data"
refused headers "its key, value or headers have a length but no data"
refused position "records would be read twice"
refused status "plugin 'chaos' returned status 4711 from poll(), which makes no sense there"
refused outcome "plugin 'chaos' appended records in poll(), but returned status 1"
refused fatal "source: chaos: fatal on command"
