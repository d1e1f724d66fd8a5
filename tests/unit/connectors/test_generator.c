#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_host.h"
#include "tests/lib/unit_main.h"

#define GENERATOR fake_plugin("connectors/generator/generator")

static void open_and_start(struct weir_ctx *ctx, const struct weir_positions *positions)
{
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, positions), WEIR_OK);
}

START_TEST(four_addresses_in_turn_are_the_articles_lines)
{
	struct weir_ctx *ctx = fake_host_with(GENERATOR, "records", "6", "pick", "in_turn");
	struct weir_out *out = fake_out_new();
	ck_assert_int_eq(fake_host_check(ctx), WEIR_OK);
	open_and_start(ctx, NULL);
	ck_assert_int_eq(fake_source_read(ctx, out, 100, 1000), WEIR_END);
	ck_assert_uint_eq(out->n_records, 6);
	ck_assert_str_eq(fake_out_value(out, 0), "2019-09-15_16:23:35 192.168.1.1");
	ck_assert_str_eq(fake_out_value(out, 3), "2019-09-15_16:23:35 192.168.1.4");
	ck_assert_str_eq(fake_out_value(out, 4), "2019-09-15_16:23:36 192.168.1.1");
	ck_assert_int_eq(out->records[4].timestamp_ms, 1568564616000);
	ck_assert(ctx->partitions[0].ended);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

static const char *const three_partitions[] = {"records", "5000", "addresses",	      "1000", "lines_per_second", "7",
					       "partitions", "3", "first_address", "10.0.0.250", NULL};

START_TEST(a_restart_at_any_place_gives_the_same_lines)
{
	struct weir_ctx *whole = fake_host_new(GENERATOR, three_partitions);
	struct weir_out *expected = fake_out_new();
	open_and_start(whole, NULL);
	ck_assert_int_eq(fake_source_read(whole, expected, 6000, 1000), WEIR_END);
	struct weir_batch lines = fake_out_batch(expected);
	ck_assert_uint_eq(lines.n_records, 5000);

	struct weir_positions *positions = NULL;
	for (uint32_t place = 0; place < 5000;) {
		struct weir_ctx *ctx = fake_host_new(GENERATOR, three_partitions);
		struct weir_out *out = fake_out_new();
		open_and_start(ctx, positions);
		fake_positions_free(positions);
		uint32_t n = place % 13 + 1 + (place == 1000) * 1500;
		ck_assert_int_eq(fake_source_poll(ctx, out, n, 0), WEIR_OK);
		struct weir_batch batch = fake_out_batch(out);
		for (uint32_t i = 0; i < batch.n_records; i++, place++) {
			const struct weir_record *got = &batch.records[i], *want = &lines.records[place];
			ck_assert_uint_eq(got->partition, want->partition);
			ck_assert_uint_eq(got->partition, place % 3);
			ck_assert_int_eq(got->offset, want->offset);
			ck_assert_int_eq(got->offset, place / 3);
			ck_assert_int_eq(got->timestamp_ms, want->timestamp_ms);
			ck_assert_uint_eq(got->value.len, want->value.len);
			ck_assert_mem_eq(got->value.data, want->value.data, got->value.len);
		}
		positions = fake_source_snapshot(ctx);
		ck_assert_int_eq(fake_position_of(positions, "generator", 2)->stop, 1666);
		fake_out_free(out);
		fake_host_free(ctx);
	}
	fake_positions_free(positions);
	fake_out_free(expected);
	fake_host_free(whole);
}
END_TEST

static struct weir_out *lines_of_seed(const char *seed)
{
	struct weir_ctx *ctx = fake_host_with(GENERATOR, "records", "1000", "addresses", "100", "seed", seed);
	struct weir_out *out = fake_out_new();
	open_and_start(ctx, NULL);
	ck_assert_int_eq(fake_source_read(ctx, out, 1001, 1000), WEIR_END);
	(void)fake_out_batch(out);
	fake_host_free(ctx);
	return out;
}

static unsigned n_equal(const struct weir_out *a, const struct weir_out *b)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < 1000; i++)
		n += a->records[i].value.len == b->records[i].value.len &&
		     memcmp(a->records[i].value.data, b->records[i].value.data, a->records[i].value.len) == 0;
	return n;
}

START_TEST(a_seed_makes_the_lines)
{
	struct weir_out *one = lines_of_seed("1"), *again = lines_of_seed("1"), *other = lines_of_seed("2");
	ck_assert_uint_eq(n_equal(one, again), 1000);
	ck_assert_uint_lt(n_equal(one, other), 50); /* one in a hundred by chance */
	fake_out_free(one);
	fake_out_free(again);
	fake_out_free(other);
}
END_TEST

START_TEST(random_addresses_are_all_used_about_equally)
{
	struct weir_ctx *ctx = fake_host_with(GENERATOR, "records", "100000", "addresses", "10");
	struct weir_out *out = fake_out_new();
	unsigned counts[10] = {0};
	open_and_start(ctx, NULL);
	ck_assert_int_eq(fake_source_read(ctx, out, 100001, 1000), WEIR_END);
	struct weir_batch batch = fake_out_batch(out);
	for (uint32_t i = 0; i < batch.n_records; i++) {
		int last = atoi(fake_slice_text(batch.records[i].value) + sizeof("2019-09-15_16:23:35 192.168.1.") - 1);
		ck_assert(last >= 1 && last <= 10);
		counts[last - 1]++;
	}
	for (int i = 0; i < 10; i++)
		ck_assert(counts[i] > 9500 && counts[i] < 10500);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

static void *interrupt_soon(void *argument)
{
	struct weir_ctx *ctx = argument;
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	ctx->plugin->source->interrupt(ctx->self);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(a_rate_is_kept_and_an_interrupt_ends_the_waiting)
{
	struct weir_ctx *ctx = fake_host_with(GENERATOR, "rate", "1000");
	struct weir_out *out = fake_out_new();
	open_and_start(ctx, NULL);
	double start = seconds();
	ck_assert_int_eq(fake_source_read(ctx, out, 200, 10000), WEIR_OK);
	ck_assert(seconds() - start >= 0.199);
	fake_host_free(ctx);

	ctx = fake_host_with(GENERATOR, "rate", "1");
	open_and_start(ctx, NULL);
	pthread_t thread;
	start = seconds();
	pthread_create(&thread, NULL, interrupt_soon, ctx);
	ck_assert_int_eq(fake_source_poll(ctx, out, 1, 3000), WEIR_IDLE);
	ck_assert(seconds() - start < 0.9);
	pthread_join(thread, NULL);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(positions_of_another_generator_are_refused)
{
	struct weir_position wrong[] = {{"generator", 0, 10, -1, NULL}, {"generator", 1, 5, -1, NULL}};
	struct weir_ctx *ctx = fake_host_with(GENERATOR, "partitions", "2");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, &(struct weir_positions){wrong, 2}), WEIR_REFUSED);
	ck_assert_int_eq(fake_source_start(ctx, &(struct weir_positions){wrong, 1}), WEIR_REFUSED);
	wrong[1].offset = 10;
	ck_assert_int_eq(fake_source_start(ctx, &(struct weir_positions){wrong, 2}), WEIR_OK);
	fake_host_free(ctx);
}
END_TEST

START_TEST(wrong_options_are_named)
{
	static const char *const table[][3] = {
		{"start_time", "2019-02-29_00:00:00", "start_time: the month has no such day"},
		{"start_time", "yesterday", "start_time: the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"first_address", "::1", "first_address: not an IPv4 address"},
		{"first_address", "255.255.255.253",
		 "addresses: so many addresses do not fit between first_address and 255.255.255.255"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct weir_ctx *ctx = fake_host_with(GENERATOR, table[i][0], table[i][1]);
		ck_assert_int_eq(fake_host_check(ctx), WEIR_FATAL);
		ck_assert_str_eq(ctx->bad_options.list[0], table[i][2]);
		fake_host_free(ctx);
	}
}
END_TEST

UNIT_MAIN("connectors/generator", four_addresses_in_turn_are_the_articles_lines,
	  a_restart_at_any_place_gives_the_same_lines, a_seed_makes_the_lines,
	  random_addresses_are_all_used_about_equally,
	  a_rate_is_kept_and_an_interrupt_ends_the_waiting,
	  positions_of_another_generator_are_refused, wrong_options_are_named)
