#include "weir/command_checkpoints.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "checkpoint/checkpoint_store.h"
#include "state/state_chunks.h"

enum { EXIT_GOOD = 0, EXIT_FOUND = 1, EXIT_USAGE = 2 };

static const char usage[] =
	"usage: weir checkpoints list [--json] DIR\n"
	"       weir checkpoints inspect DIR [ID]\n"
	"       weir checkpoints verify DIR\n"
	"       weir checkpoints resolve DIR --use store|marker|nothing [--pipeline NAME]\n"
	"\n"
	"DIR is the pipeline's checkpoint directory. The pipeline should be stopped; resolve insists on it.\n"
	"\n"
	"list       one line for each checkpoint\n"
	"inspect    all of one checkpoint (without ID: the newest): positions, sink handles, windows, chunks\n"
	"verify     reads everything and names what is wrong\n"
	"resolve    decides what the next start goes on from, where it refused because the store and what the\n"
	"           sink has committed contradict each other (exit status 3), or where what is there is not\n"
	"           wanted any more:\n"
	"             store     the newest completed checkpoint: state and positions of the store.\n"
	"                       What the sink has from later ones is written again.\n"
	"             marker    the positions that the sink has committed, without any state:\n"
	"                       windows that were open then come out too small.\n"
	"             nothing   starts anew where the source's options say, as at a first start.\n"
	"                       What is read again is written again.\n"
	"           A checkpoint that turns out to be committed is never thrown away. The decision stands until\n"
	"           the next checkpoint is completed; a new one replaces it.\n"
	"\n"
	"  --json            list: as JSON\n"
	"  --use CHOICE      resolve: see above\n"
	"  --pipeline NAME   resolve: the name of the pipeline; needed where the store is lost, to make a new one\n"
	"  --help            this text\n"
	"\n"
	"Exit status: 0 fine, 1 something is wrong with the store or it cannot be opened, 2 bad usage.\n";

struct request {
	const char *directory, *id, *pipeline, *use;
	bool json;
};

static int fail(const struct error *error)
{
	fprintf(stderr, "weir: %s\n", error->text);
	return EXIT_FOUND;
}

static int refuse_usage(const char *text)
{
	fprintf(stderr, "weir: %s (weir checkpoints --help says more)\n", text);
	return EXIT_USAGE;
}

static const char *status_name(enum checkpoint_status status)
{
	return status == CHECKPOINT_COMPLETED ? "completed" : "pending";
}

static const char *choice_name(enum store_resolution_choice choice)
{
	static const char *const names[] = {
		[RESOLUTION_USE_STORE] = "store", [RESOLUTION_USE_MARKER] = "marker", [RESOLUTION_USE_NOTHING] = "nothing"};
	return names[choice];
}

struct opened {
	struct checkpoint_store *store;
	struct checkpoint_record **records;
	size_t n_records;
	struct store_resolution resolution;
};

static void opened_done(struct opened *opened)
{
	for (size_t i = 0; i < opened->n_records; i++)
		checkpoint_record_free(opened->records[i]);
	free(opened->records);
	checkpoint_store_close(opened->store);
}

static int open_for_reading(struct opened *opened, const char *directory, struct error *error)
{
	*opened = (struct opened){0};
	int r = checkpoint_store_open(directory, NULL, STORE_READ_ONLY, &opened->store, NULL, error);
	if (r == 0)
		r = checkpoint_store_list(opened->store, &opened->records, &opened->n_records, error);
	if (r == 0)
		r = checkpoint_store_resolution(opened->store, &opened->resolution, error);
	if (r < 0)
		opened_done(opened);
	return r;
}

/* ---- figures of a record ---- */

static uint64_t n_entries(const struct checkpoint_record *record)
{
	uint64_t n = 0;
	for (uint32_t i = 0; i < record->n_chunks; i++)
		n += record->chunks[i].n_entries;
	return n;
}

static uint64_t n_bytes(const struct checkpoint_record *record)
{
	uint64_t n = 0;
	for (uint32_t i = 0; i < record->n_chunks; i++)
		n += record->chunks[i].bytes;
	return n;
}

static int64_t when_ms(const struct checkpoint_record *record)
{
	return record->status == CHECKPOINT_COMPLETED ? record->completed_ms : record->started_ms;
}

static int64_t duration_ms(const struct checkpoint_record *record)
{
	return (int64_t)((uint64_t)record->completed_ms - (uint64_t)record->started_ms);
}

static void duration_text(const struct checkpoint_record *record, char text[32])
{
	if (record->status == CHECKPOINT_COMPLETED)
		snprintf(text, 32, "%" PRId64 " ms", duration_ms(record));
	else
		strcpy(text, "-");
}

/* "lines/0 at 1200", or of several the number and the sum. */
static void positions_text(const struct checkpoint_record *record, char *text, size_t size)
{
	if (record->n_positions == 1) {
		const struct checkpoint_position *position = &record->positions[0];
		snprintf(text, size, "%s/%" PRId32 " at %" PRId64, position->stream, position->partition, position->offset);
		return;
	}
	uint64_t sum = 0;
	for (uint32_t i = 0; i < record->n_positions; i++)
		sum += (uint64_t)record->positions[i].offset;
	snprintf(text, size, "%" PRIu32 " partitions, offsets add up to %" PRId64, record->n_positions, (int64_t)sum);
}

/* ---- list ---- */

static void print_identity(const struct opened *opened)
{
	const struct store_identity *identity = checkpoint_store_identity(opened->store);
	char created[32];
	clock_format(identity->created_ms, created, sizeof(created));
	printf("pipeline %s, store %s, made %s\n", identity->pipeline_name, identity->uuid, created);
	if (identity->source_system != NULL)
		printf("reads from %s\n", identity->source_system);
	if (identity->sink_system != NULL)
		printf("writes to %s\n", identity->sink_system);
	if (opened->resolution.choice != RESOLUTION_NONE)
		printf("resolved for the next start: use %s\n", choice_name(opened->resolution.choice));
}

static void print_list(const struct opened *opened)
{
	print_identity(opened);
	if (opened->n_records == 0) {
		puts("no checkpoints");
		return;
	}
	printf("%10s %-10s %-24s %10s %12s %14s  %s\n", "ID", "STATUS", "WHEN", "DURATION", "ENTRIES", "BYTES", "POSITIONS");
	for (size_t i = 0; i < opened->n_records; i++) {
		const struct checkpoint_record *record = opened->records[i];
		char when[32], duration[32], positions[256];
		clock_format(when_ms(record), when, sizeof(when));
		duration_text(record, duration);
		positions_text(record, positions, sizeof(positions));
		printf("%10" PRIu64 " %-10s %-24s %10s %12" PRIu64 " %14" PRIu64 "  %s\n", record->id, status_name(record->status),
		       when, duration, n_entries(record), n_bytes(record), positions);
	}
}

/* Names of files need not be UTF-8, JSON has to be. NULL is null. */
static json_t *json_text(const char *text)
{
	if (text == NULL)
		return json_null();
	char *good = malloc(3 * strlen(text) + 1), *at = good;
	for (size_t len; good != NULL && *text != '\0'; text += len > 0 ? len : 1) {
		len = utf8_length(text);
		memcpy(at, len > 0 ? text : "\xef\xbf\xbd", len > 0 ? len : 3); /* U+FFFD */
		at += len > 0 ? len : 3;
	}
	json_t *string = good != NULL ? json_stringn(good, (size_t)(at - good)) : NULL;
	free(good);
	return string;
}

static json_t *json_time(int64_t ms)
{
	char text[32];
	clock_format(ms, text, sizeof(text));
	return json_string(text);
}

static json_t *json_record(const struct checkpoint_record *record)
{
	json_t *positions = json_array();
	for (uint32_t i = 0; i < record->n_positions; i++) {
		const struct checkpoint_position *position = &record->positions[i];
		json_array_append_new(positions, json_pack("{s:o, s:i, s:I}", "stream", json_text(position->stream),
							   "partition", position->partition, "offset", (json_int_t)position->offset));
	}
	json_t *object = json_pack("{s:I, s:s, s:o, s:i, s:I, s:I, s:i, s:o}", "id", (json_int_t)record->id, "status",
				   status_name(record->status), "started", json_time(record->started_ms), "parallelism",
				   (int)record->parallelism, "entries", (json_int_t)n_entries(record), "bytes",
				   (json_int_t)n_bytes(record), "chunks", (int)record->n_chunks, "positions", positions);
	if (record->status == CHECKPOINT_COMPLETED) {
		json_object_set_new(object, "completed", json_time(record->completed_ms));
		json_object_set_new(object, "duration_ms", json_integer(duration_ms(record)));
	}
	return object;
}

static void print_list_json(const struct opened *opened)
{
	const struct store_identity *identity = checkpoint_store_identity(opened->store);
	json_t *checkpoints = json_array();
	for (size_t i = 0; i < opened->n_records; i++)
		json_array_append_new(checkpoints, json_record(opened->records[i]));
	const char *resolution = opened->resolution.choice == RESOLUTION_NONE ? NULL : choice_name(opened->resolution.choice);
	json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:s?, s:o}", "pipeline", json_text(identity->pipeline_name),
				   "uuid", json_text(identity->uuid), "created", json_time(identity->created_ms),
				   "source_system", json_text(identity->source_system), "sink_system",
				   json_text(identity->sink_system), "resolved", resolution, "checkpoints", checkpoints);
	json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(object);
}

static int list(const struct request *request)
{
	struct error error = ERROR_INIT;
	struct opened opened;
	if (open_for_reading(&opened, request->directory, &error) < 0)
		return fail(&error);
	if (request->json)
		print_list_json(&opened);
	else
		print_list(&opened);
	opened_done(&opened);
	return EXIT_GOOD;
}

/* ---- inspect ---- */

/* NULL: no such checkpoint. */
static const struct checkpoint_record *find_record(const struct opened *opened, const char *id)
{
	if (id == NULL)
		return opened->n_records == 0 ? NULL : opened->records[opened->n_records - 1];
	char *end;
	uint64_t number = strtoull(id, &end, 10);
	for (size_t i = 0; i < opened->n_records && *end == '\0'; i++)
		if (opened->records[i]->id == number)
			return opened->records[i];
	return NULL;
}

static void print_positions(const struct checkpoint_record *record)
{
	puts("positions");
	for (uint32_t i = 0; i < record->n_positions; i++) {
		const struct checkpoint_position *position = &record->positions[i];
		printf("  %s/%" PRId32 " at %" PRId64, position->stream, position->partition, position->offset);
		if (position->stop >= 0)
			printf(", stops at %" PRId64, position->stop);
		if (position->max_event_time_ms != INT64_MIN) {
			char time[32];
			clock_format(position->max_event_time_ms, time, sizeof(time));
			printf(", event time up to %s", time);
		}
		if (position->note != NULL)
			printf(", %s", position->note);
		putchar('\n');
	}
}

static void print_handles(const struct checkpoint_record *record)
{
	puts("sink handles");
	for (uint32_t i = 0; i < record->n_handles; i++) {
		const struct checkpoint_handle *handle = &record->handles[i];
		printf("  %s, %" PRIu32 " bytes%s", handle->component, handle->bytes, handle->bytes > 0 ? ": " : "");
		for (uint32_t at = 0; at < handle->bytes; at++)
			if (isprint(handle->data[at]) && handle->data[at] != '\\')
				putchar(handle->data[at]);
			else
				printf("\\x%02x", handle->data[at]);
		putchar('\n');
	}
}

static int compare_windows(const void *a, const void *b)
{
	const struct checkpoint_chunk *x = *(const struct checkpoint_chunk *const *)a;
	const struct checkpoint_chunk *y = *(const struct checkpoint_chunk *const *)b;
	if (x->window_start_ms != y->window_start_ms)
		return x->window_start_ms < y->window_start_ms ? -1 : 1;
	return (x > y) - (x < y); /* in the order to be applied */
}

static void print_window(const struct checkpoint_chunk **chunks, uint32_t n)
{
	uint64_t entries = 0, bytes = 0;
	char start[32];
	for (uint32_t i = 0; i < n; i++) {
		entries += chunks[i]->n_entries;
		bytes += chunks[i]->bytes;
	}
	clock_format(chunks[0]->window_start_ms, start, sizeof(start));
	printf("  window %s (%" PRId64 "): %" PRIu64 " entries, %" PRIu64 " bytes in %" PRIu32 " chunks\n", start,
	       chunks[0]->window_start_ms, entries, bytes, n);
	for (uint32_t i = 0; i < n; i++)
		printf("    checkpoint %" PRIu64 ", task %" PRIu32 ", number %" PRIu32 ": %" PRIu32 " entries, %" PRIu32
		       " bytes, checksum %016" PRIx64 "\n", chunks[i]->checkpoint, chunks[i]->task, chunks[i]->number,
		       chunks[i]->n_entries, chunks[i]->bytes, chunks[i]->checksum);
}

static int print_windows(const struct checkpoint_record *record)
{
	const struct checkpoint_chunk **chunks = malloc((record->n_chunks + 1) * sizeof(*chunks));
	if (chunks == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < record->n_chunks; i++)
		chunks[i] = &record->chunks[i];
	qsort(chunks, record->n_chunks, sizeof(*chunks), compare_windows);
	puts("state (an entry that changed again counts again)");
	for (uint32_t i = 0, n; i < record->n_chunks; i += n) {
		for (n = 1; i + n < record->n_chunks && chunks[i + n]->window_start_ms == chunks[i]->window_start_ms;)
			n++;
		print_window(chunks + i, n);
	}
	free(chunks);
	return 0;
}

static int print_record(const struct checkpoint_record *record)
{
	char started[32], when[32], duration[32];
	clock_format(record->started_ms, started, sizeof(started));
	duration_text(record, duration);
	printf("checkpoint %" PRIu64 ", %s\nstarted %s", record->id, status_name(record->status), started);
	if (record->status == CHECKPOINT_COMPLETED) {
		clock_format(record->completed_ms, when, sizeof(when));
		printf(", completed %s (%s)", when, duration);
	}
	printf("\nparallelism %" PRIu32 ", instance %s\n", record->parallelism, record->instance_uuid);
	if (record->watermark_ms != INT64_MIN) {
		clock_format(record->watermark_ms, when, sizeof(when));
		printf("watermark %s (%" PRId64 ")\n", when, record->watermark_ms);
	}
	if (record->state_layout != NULL)
		printf("state layout: %s\n", record->state_layout);
	print_positions(record);
	print_handles(record);
	return print_windows(record);
}

static int inspect(const struct request *request)
{
	struct error error = ERROR_INIT;
	struct opened opened;
	if (open_for_reading(&opened, request->directory, &error) < 0)
		return fail(&error);
	const struct checkpoint_record *record = find_record(&opened, request->id);
	int r = 0;
	print_identity(&opened);
	if (record != NULL)
		r = print_record(record);
	else if (request->id == NULL)
		puts("no checkpoints");
	else
		r = error_set(&error, -ENOENT, "there is no checkpoint '%s' in '%s'", request->id, request->directory);
	opened_done(&opened);
	return r < 0 ? fail(&error) : EXIT_GOOD;
}

/* ---- verify ---- */

static void print_finding(void *user, const char *text)
{
	(void)user;
	printf("finding: %s\n", text);
}

/* The store has compared checksums; does the inside of a chunk fit its record too? */
static int verify_inside(const struct opened *opened, const struct checkpoint_chunk *chunk)
{
	struct error error = ERROR_INIT;
	struct state_chunk_reader reader;
	uint8_t *data;
	int r = checkpoint_store_read_chunk(opened->store, chunk, &data, &error);
	if (r == 0) {
		r = state_chunk_open(&reader, data, chunk->bytes, &error);
		free(data);
	}
	if (r == 0 && (reader.checkpoint != chunk->checkpoint || reader.task != chunk->task ||
		       reader.window_start_ms != chunk->window_start_ms || reader.n_entries != chunk->n_entries))
		r = error_set(&error, -EBADMSG, "it is not the one its checkpoint lists");
	if (r == 0)
		return 0;
	error_prefix(&error, "chunk of window %" PRId64 ", checkpoint %" PRIu64 ", task %" PRIu32 ", number %" PRIu32,
		     chunk->window_start_ms, chunk->checkpoint, chunk->task, chunk->number);
	print_finding(NULL, error.text);
	return 1;
}

static bool is_listed(const struct checkpoint_record *record, const struct checkpoint_chunk *chunk)
{
	for (uint32_t i = 0; i < record->n_chunks; i++)
		if (record->chunks[i].checkpoint == chunk->checkpoint && record->chunks[i].task == chunk->task &&
		    record->chunks[i].number == chunk->number && record->chunks[i].window_start_ms == chunk->window_start_ms)
			return true;
	return false;
}

static int verify_insides(const struct opened *opened, uint32_t *n_chunks)
{
	int n_findings = 0;
	for (size_t i = 0; i < opened->n_records; i++) {
		const struct checkpoint_record *record = opened->records[i];
		for (uint32_t c = 0; c < record->n_chunks; c++) {
			if (i > 0 && record->chunks[c].checkpoint != record->id && is_listed(opened->records[i - 1], &record->chunks[c]))
				continue; /* seen with the checkpoint before */
			n_findings += verify_inside(opened, &record->chunks[c]);
			++*n_chunks;
		}
	}
	return n_findings;
}

static int verify(const struct request *request)
{
	struct error error = ERROR_INIT;
	struct checkpoint_store *store;
	if (checkpoint_store_open(request->directory, NULL, STORE_READ_ONLY, &store, NULL, &error) < 0)
		return fail(&error);
	int n_findings = checkpoint_store_verify(store, print_finding, NULL, &error);
	checkpoint_store_close(store);
	struct opened opened;
	if (n_findings < 0 || (n_findings == 0 && open_for_reading(&opened, request->directory, &error) < 0))
		return fail(&error);
	if (n_findings == 0) {
		uint32_t n_chunks = 0;
		n_findings = verify_insides(&opened, &n_chunks);
		if (n_findings == 0)
			printf("%zu checkpoints, %" PRIu32 " chunks: all good\n", opened.n_records, n_chunks);
		opened_done(&opened);
	}
	if (n_findings > 0)
		printf("%d findings\n", n_findings);
	return n_findings == 0 ? EXIT_GOOD : EXIT_FOUND;
}

/* ---- resolve ---- */

static int choice_of(const char *use, enum store_resolution_choice *ret_choice)
{
	for (int choice = RESOLUTION_USE_STORE; choice <= RESOLUTION_USE_NOTHING; choice++)
		if (strcmp(use, choice_name(choice)) == 0) {
			*ret_choice = choice;
			return 0;
		}
	return -EINVAL;
}

static int open_for_decision(const struct request *request, enum store_resolution_choice choice,
			     struct checkpoint_store **ret_store, struct error *error)
{
	int r = checkpoint_store_open(request->directory, request->pipeline, STORE_READ_WRITE, ret_store, NULL, error);
	if (r != -ENOENT)
		return r;
	if (choice == RESOLUTION_USE_STORE)
		return error_set(error, r, "there is no checkpoint store in '%s' to go on from: use the marker, or nothing",
				 request->directory);
	if (request->pipeline == NULL)
		return error_set(error, r, "there is no checkpoint store in '%s': say for which pipeline to make a new one, with "
				 "--pipeline NAME", request->directory);
	r = checkpoint_store_open(request->directory, request->pipeline, STORE_CREATE, ret_store, NULL, error);
	if (r == 0)
		printf("made a new store for pipeline %s in '%s'\n", request->pipeline, request->directory);
	return r;
}

static void print_decision(enum store_resolution_choice choice, const struct checkpoint_record *completed)
{
	switch (choice) {
	case RESOLUTION_USE_STORE:
		printf("the next start goes on from checkpoint %" PRIu64 " of the store; what the sink has committed after it is "
		       "written again\n", completed->id);
		break;
	case RESOLUTION_USE_MARKER:
		puts("the next start goes on from the positions that the sink has committed, without state: windows that were "
		     "open then come out too small");
		break;
	default:
		puts("the next start is like a first one: the source begins where its options say, and what it reads again is "
		     "written again");
	}
}

static int decide(struct checkpoint_store *store, const char *directory, enum store_resolution_choice choice, struct error *error)
{
	struct checkpoint_record *completed = NULL, *pending = NULL;
	int r = checkpoint_store_newest(store, &completed, &pending, error);
	if (r == 0 && choice == RESOLUTION_USE_STORE && completed == NULL)
		r = error_set(error, -ENOENT, "the store in '%s' holds no completed checkpoint to go on from: use the marker, or "
			      "nothing", directory);
	if (r == 0)
		r = checkpoint_store_set_resolution(store, &(struct store_resolution){choice}, error);
	if (r == 0)
		print_decision(choice, completed);
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
	return r;
}

static int resolve(const struct request *request)
{
	enum store_resolution_choice choice;
	if (request->use == NULL || choice_of(request->use, &choice) < 0)
		return refuse_usage("resolve needs --use store, --use marker or --use nothing");
	struct error error = ERROR_INIT;
	struct checkpoint_store *store = NULL;
	int r = open_for_decision(request, choice, &store, &error);
	if (r == 0)
		r = decide(store, request->directory, choice, &error);
	checkpoint_store_close(store);
	return r < 0 ? fail(&error) : EXIT_GOOD;
}

/* ---- the command ---- */

struct action {
	const char *name;
	int most_arguments;
	const char *options; /* those it takes: j, u, p */
	int (*run)(const struct request *request);
};

static const struct action actions[] = {
	{"list", 1, "j", list},
	{"inspect", 2, "", inspect},
	{"verify", 1, "", verify},
	{"resolve", 1, "up", resolve},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

int command_checkpoints(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},	    {"use", required_argument, NULL, 'u'},
		{"pipeline", required_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct request request = {0};
	char given[8] = "";
	int option;
	optind = 0; /* glibc: begin anew */
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(usage, stdout);
			return EXIT_GOOD;
		case 'j':
			request.json = true;
			break;
		case 'u':
			request.use = optarg;
			break;
		case 'p':
			request.pipeline = optarg;
			break;
		default: /* getopt has said why */
			return EXIT_USAGE;
		}
		if (strchr(given, option) == NULL)
			given[strlen(given)] = (char)option;
	}
	if (optind == argc)
		return refuse_usage("checkpoints: list, inspect, verify or resolve?");
	const struct action *action = find_action(argv[optind++]);
	if (action == NULL)
		return refuse_usage("checkpoints: there is no such action; list, inspect, verify or resolve?");
	if (given[strspn(given, action->options)] != '\0')
		return refuse_usage("that option does not belong to this action");
	if (optind == argc || argc - optind > action->most_arguments)
		return refuse_usage(optind == argc ? "the checkpoint directory is missing" : "too many arguments");
	request.directory = argv[optind];
	request.id = optind + 1 < argc ? argv[optind + 1] : NULL;
	return action->run(&request);
}
