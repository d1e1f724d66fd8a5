/* Sinks: processes that die at each point of a checkpoint, and others that take over from what was kept. */
#include "config.h"

#include "conformance/conformance.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "checkpoint/checkpoint_record.h"

#define KEPT_BYTES (2u << 20)
#define N_LINES 20
#define VISIBLE_WITHIN_MS 5000

/* One checkpoint as the store would have it. */
struct kept {
	size_t bytes;
	uint8_t data[KEPT_BYTES];
};

/* What outlives the processes: the checkpoints of one pipeline that is killed again and again. */
struct story {
	char uuid[UUID_BYTES], name[80];
	struct kept base, next; /* committed; prepared behind it. 0 bytes = none */
	bool decided;		/* next is committed, or was to be */
	bool is_spoilt;		/* a crash was not survived: nothing can be said of later ones */
	char problem[1024];
};

enum last_words { BEGUN, WRITTEN, PREPARED, COMMITTED };

struct crash {
	const char *name;
	enum last_words last;	   /* what the process does last before it is killed */
	bool decided;		   /* the store has it as completed */
	unsigned n_killed;	   /* how many take over and are killed, before one that lives */
	bool not_for_last_resorts; /* nobody else can decide for these */
};

static const struct crash crashes[] = {
	{"commit twice", BEGUN, true, 0, false},
	{"crash while writing", WRITTEN, false, 0, false},
	{"crash when prepared, not decided", PREPARED, false, 0, false},
	{"crash when aborted", PREPARED, false, 2, false},
	{"crash when prepared and decided", PREPARED, true, 0, true},
	{"crash when committed", COMMITTED, true, 0, false},
	{"crash when committed again", COMMITTED, true, 2, false},
};

const char *crash_name(uint32_t number)
{
	return number < sizeof(crashes) / sizeof(crashes[0]) ? crashes[number].name : NULL;
}

/* ---- in the processes that die ---- */

static void note(struct story *story, const char *what, struct weir_harness *h)
{
	snprintf(story->problem, sizeof(story->problem), "%s: %s", what, weir_harness_failure(h));
}

static void keep(struct story *story, struct kept *kept, const struct weir_snapshot *snapshot)
{
	uint8_t *data;
	size_t bytes;
	if (checkpoint_record_encode(snapshot->record, &data, &bytes) != 0 || bytes > KEPT_BYTES) {
		snprintf(story->problem, sizeof(story->problem), "the checkpoint's record is too large");
		return;
	}
	memcpy(kept->data, data, bytes);
	kept->bytes = bytes;
	free(data);
}

/* NULL: none was kept. */
static struct weir_snapshot *kept_snapshot(const struct kept *kept)
{
	struct weir_snapshot *snapshot = kept->bytes > 0 ? calloc(1, sizeof(*snapshot)) : NULL;
	if (snapshot != NULL && checkpoint_record_decode(kept->data, kept->bytes, &snapshot->record, NULL) != 0)
		abort();
	return snapshot;
}

/* A new process goes on from what was decided. NULL: the problem is noted. */
static struct weir_harness *take_over(struct conformance *c, struct story *story)
{
	struct weir_harness *h = make_harness(c);
	struct weir_snapshot *base = kept_snapshot(&story->base), *next = kept_snapshot(&story->next);
	memcpy(h->uuid, story->uuid, sizeof(h->uuid));
	weir_harness_pipeline(h, story->name);
	if (next != NULL)
		harness_add_prepared(h, weir_snapshot_id(next), weir_snapshot_handle(next));
	if (weir_harness_restore(h, next != NULL && story->decided ? next : base) == WEIR_OK)
		return h;
	note(story, next == NULL ? "at the start" : story->decided ? "commit() after a crash" : "abort() after a crash", h);
	return NULL;
}

static void format_line(const struct story *story, const struct crash *crash, const char *part, int number, char line[160])
{
	snprintf(line, 160, "%s %s %s %d;", story->name, crash->name, part, number);
}

static bool write_lines(struct story *story, struct weir_harness *h, const struct crash *crash, const char *part)
{
	for (int i = 0; i < N_LINES; i++) {
		char line[160];
		format_line(story, crash, part, i, line);
		if (feed_line(h, line) != WEIR_OK)
			return note(story, "write()", h), false;
	}
	return true;
}

static bool prepare(struct story *story, struct weir_harness *h, struct kept *kept, struct weir_snapshot **ret_snapshot)
{
	weir_status s;
	AGAIN(s, weir_harness_barrier(h, ret_snapshot));
	if (s != WEIR_OK)
		return note(story, "prepare()", h), false;
	keep(story, kept, *ret_snapshot);
	return true;
}

static bool commit(struct story *story, struct weir_harness *h, const struct weir_snapshot *snapshot, const char *what)
{
	weir_status s;
	AGAIN(s, weir_harness_complete(h, snapshot));
	return s == WEIR_OK || (note(story, what, h), false);
}

static bool commit_twice(struct conformance *c, struct story *story, struct weir_harness *h, const struct weir_snapshot *snapshot)
{
	return commit(story, h, snapshot, "commit()") && (c->plugin->sink->delivery == WEIR_LAST_RESOURCE ||
							 commit(story, h, snapshot, "commit() a second time"));
}

/* The first start: a checkpoint without a record, and one with. */
static void begin(struct conformance *c, struct story *story, const struct crash *crash)
{
	struct weir_snapshot *first, *second;
	struct weir_harness *h = take_over(c, story);
	if (h != NULL && prepare(story, h, &story->base, &first) && commit_twice(c, story, h, first) &&
	    write_lines(story, h, crash, "after") && prepare(story, h, &story->next, &second))
		commit_twice(c, story, h, second);
	weir_harness_free(h);
}

static void go_and_die(struct conformance *c, struct story *story, const struct crash *crash)
{
	struct weir_snapshot *snapshot;
	struct weir_harness *h = take_over(c, story);
	if (h == NULL || !write_lines(story, h, crash, "lost") || crash->last == WRITTEN ||
	    !prepare(story, h, &story->next, &snapshot) || crash->last == PREPARED)
		return;
	commit(story, h, snapshot, "commit()");
}

static void take_over_and_die(struct conformance *c, struct story *story, const struct crash *crash)
{
	(void)crash;
	(void)take_over(c, story);
}

/* It must be able to go on: another checkpoint, whose commit and abort come twice. */
static void take_over_and_go_on(struct conformance *c, struct story *story, const struct crash *crash)
{
	struct weir_snapshot *snapshot, *next = kept_snapshot(&story->next);
	struct weir_harness *h = take_over(c, story);
	if (h == NULL)
		return;
	bool decides = c->plugin->sink->delivery == WEIR_LAST_RESOURCE;
	weir_status s = WEIR_OK;
	if (next != NULL && !crash->decided && !decides)
		AGAIN(s, weir_harness_abort(h, next));
	if (s != WEIR_OK) {
		note(story, "abort() a second time", h);
		return;
	}
	if (write_lines(story, h, crash, "after") && prepare(story, h, &story->next, &snapshot))
		commit_twice(c, story, h, snapshot);
	weir_harness_free(h);
}

/* ---- the one that watches ---- */

typedef void act(struct conformance *c, struct story *story, const struct crash *crash);

/* False: the finding is made. */
static bool run_act(struct conformance *c, struct story *story, const struct crash *crash, const char *what, bool dies,
		    act *run)
{
	doing(c, "%s", what);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(c, story, crash);
		if (dies && story->problem[0] == '\0')
			raise(SIGKILL);
		_exit(EXIT_SUCCESS);
	}
	int status;
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return fail(c, "cannot start a process"), false;
	if (story->problem[0] != '\0')
		return fail(c, "%s, %s", what, story->problem), false;
	if (WIFSIGNALED(status) && (!dies || WTERMSIG(status) != SIGKILL))
		return fail(c, "%s, it died of signal %d (%s)%s%s", what, WTERMSIG(status), strsignal(WTERMSIG(status)),
			    c->trial->inside[0] != '\0' ? " in " : "", c->trial->inside), false;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return fail(c, "%s, it ended the process with status %d", what, WEXITSTATUS(status)), false;
	return true;
}

/* How often each line of a part can be seen; -1 where lines differ. */
static int times_visible(struct conformance *c, const struct story *story, const struct crash *crash, const char *part)
{
	int seen[N_LINES] = {0};
	char *line = NULL, wanted[160];
	size_t bytes = 0;
	FILE *output = popen(c->wishes->output, "r");
	while (output != NULL && getline(&line, &bytes, output) >= 0)
		for (int i = 0; i < N_LINES; i++) {
			format_line(story, crash, part, i, wanted);
			seen[i] += strstr(line, wanted) != NULL;
		}
	free(line);
	if (output != NULL)
		pclose(output);
	for (int i = 1; i < N_LINES; i++)
		if (seen[i] != seen[0])
			return -1;
	return seen[0];
}

static bool is_allowed(const struct conformance *c, bool decided, int times)
{
	return c->plugin->sink->delivery == WEIR_AT_LEAST_ONCE ? times > 0 : times == decided;
}

static bool look(struct conformance *c, const struct story *story, const struct crash *crash, const char *part, bool decided)
{
	int64_t deadline_ms = clock_monotonic_ms() + VISIBLE_WITHIN_MS;
	int times;
	while (!is_allowed(c, decided, times = times_visible(c, story, crash, part)))
		if (clock_monotonic_ms() > deadline_ms)
			return fail(c, "what was %s can be seen %s, expected %s", decided ? "decided" : "not decided",
				    times == -1 ? "in part" : times == 0 ? "not at all" : times == 1 ? "once" : kept_text(c, "%d times", times),
				    decided ? "once" : "not at all"), false;
	return true;
}

/* What was only written and never prepared may be visible where delivery is at least once. */
static bool look_at_lost(struct conformance *c, const struct story *story, const struct crash *crash, bool decided)
{
	bool is_free = c->plugin->sink->delivery == WEIR_AT_LEAST_ONCE && !decided;
	return c->wishes->output == NULL || is_free || look(c, story, crash, "lost", decided);
}

struct story *story_new(struct conformance *c)
{
	struct story *story = mmap(NULL, sizeof(*story), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (story == MAP_FAILED)
		abort();
	uuid_make(story->uuid);
	snprintf(story->name, sizeof(story->name), "%s-crash", c->name);
	return story;
}

/* The checkpoint that was committed last is what the next crash begins with. */
static void turn_page(struct story *story)
{
	story->base = story->next;
	story->next.bytes = 0;
	story->decided = false;
	story->is_spoilt = false;
}

static bool survive(struct conformance *c, struct story *story, const struct crash *crash)
{
	if (!run_act(c, story, crash, "before the crash", true, go_and_die) ||
	    !look_at_lost(c, story, crash, crash->last == COMMITTED))
		return false;
	story->decided = crash->decided;
	for (unsigned i = 0; i < crash->n_killed; i++)
		if (!run_act(c, story, crash, "taken over and killed again", true, take_over_and_die))
			return false;
	return run_act(c, story, crash, "taken over", false, take_over_and_go_on) &&
	       look_at_lost(c, story, crash, crash->decided);
}

enum verdict check_crash(struct conformance *c, uint32_t number)
{
	const struct crash *crash = &crashes[number];
	struct story *story = c->story;
	if (crash->not_for_last_resorts && c->plugin->sink->delivery == WEIR_LAST_RESOURCE)
		return skip(c, "its own commit() is the decision");
	if (story->is_spoilt)
		return skip(c, "after a crash that was not survived");
	story->is_spoilt = true;
	if (crash->last == BEGUN ? !run_act(c, story, crash, "at the first start", false, begin) : !survive(c, story, crash))
		return VERDICT_FAIL;
	if (c->wishes->output != NULL && !look(c, story, crash, "after", true))
		return VERDICT_FAIL;
	turn_page(story);
	return pass(c, c->wishes->output != NULL ? "what was decided can be seen once, and nothing else"
						 : "every call went well; what can be seen was not looked at (--output COMMAND)");
}
