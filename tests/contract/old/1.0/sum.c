/* sum: adds up the numbers of each key in each window. Lines come in as "MILLIS KEY NUMBER" and go out as
 * "WINDOW_START KEY SUM". Windows, watermarks, state and checkpoints are weir's business, not ours. */
#include <stdio.h>
#include <string.h>
#include <weir/plugin.h>

struct sum {
	struct weir_ctx *ctx;
	const struct weir_host *host;
};

static weir_status sum_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	*(struct sum *)self = (struct sum){ctx, host};
	return WEIR_OK;
}

static void sum_close(void *self) { (void)self; }

static bool parse(const struct weir_slice *text, struct weir_assignment *to)
{
	char line[256];
	int key = 0, key_end = 0, end = 0; /* end stays 0 unless all is there; 18 digits cannot overflow */
	long long time_ms, number;
	if (text->len == 0 || text->len >= sizeof line)
		return false;
	memcpy(line, text->data, text->len);
	line[text->len] = '\0';
	sscanf(line, "%18lld %n%*s%n %18lld%n", &time_ms, &key, &key_end, &number, &end);
	if ((size_t)end != text->len)
		return false;
	*to = (struct weir_assignment){{text->data + key, (size_t)(key_end - key)}, time_ms, number};
	return true;
}

static weir_status sum_assign(void *self, const struct weir_batch *batch, struct weir_out *out, struct weir_assignment *to)
{
	struct sum *sum = self;
	weir_status status = WEIR_OK;
	(void)out;
	for (uint32_t i = 0; i < batch->n_records && status == WEIR_OK; i++)
		if (!parse(&batch->records[i].value, &to[i]))
			status = sum->host->reject(sum->ctx, &batch->records[i], "expected MILLIS KEY NUMBER");
	return status;
}

static weir_status sum_update(void *self, const struct weir_fold *folds, uint32_t n)
{
	struct sum *sum = self;
	for (uint32_t i = 0; i < n; i++)
		if (__builtin_add_overflow(*(int64_t *)folds[i].value, folds[i].carry, (int64_t *)folds[i].value))
			return sum->host->fail(sum->ctx, WEIR_FATAL, "the sum of a key does not fit 64 bits");
	return WEIR_OK;
}

static weir_status sum_fire(void *self, const struct weir_window *window, const struct weir_entry *of, uint32_t n, struct weir_out *out)
{
	struct sum *sum = self;
	for (uint32_t i = 0; i < n; i++) {
		size_t room = of[i].key.len + 48;
		struct weir_record *result = sum->host->append(out, 1);
		char *text = sum->host->alloc(out, room);
		if (result == NULL || text == NULL)
			return WEIR_FATAL;
		int key, len = snprintf(text, room, "%lld %n%.*s %lld", (long long)window->start_ms, &key, (int)of[i].key.len,
					(const char *)of[i].key.data, (long long)*(const int64_t *)of[i].value);
		result->key = (struct weir_slice){(uint8_t *)text + key, of[i].key.len};
		result->value = (struct weir_slice){(uint8_t *)text, (size_t)len};
		result->timestamp_ms = window->end_ms - 1;
	}
	return WEIR_OK;
}

static const struct weir_windowed_ops ops = {.size = sizeof ops, .table = "sums", .value_size = sizeof(int64_t), .state_version = 1,
					     .assign = sum_assign, .update = sum_update, .fire = sum_fire};

WEIR_PLUGIN(.name = NAME, .version = "1.0", .license = "Apache-2.0", .summary = "Sums a number per key and window",
	    .instance_size = sizeof(struct sum), .open = sum_open, .close = sum_close, .windowed = &ops);
