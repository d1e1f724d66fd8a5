/* The list of checks, and a process for each. */
#include "config.h"

#include "conformance/conformance.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "configuration/component_settings.h"
#include "plugin/plugin_load.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

/* ---- findings ---- */

static enum verdict find(struct conformance *c, enum verdict verdict, const char *fmt, va_list arguments)
{
	vsnprintf(c->trial->text, sizeof(c->trial->text), fmt, arguments);
	return c->trial->verdict = verdict;
}

#define FINDING(function, of)                                              \
	enum verdict function(struct conformance *c, const char *fmt, ...) \
	{                                                                  \
		va_list arguments;                                         \
		va_start(arguments, fmt);                                  \
		enum verdict found = find(c, of, fmt, arguments);          \
		va_end(arguments);                                         \
		return found;                                              \
	}
FINDING(pass, VERDICT_PASS)
FINDING(fail, VERDICT_FAIL)
FINDING(skip, VERDICT_SKIP)

void doing(struct conformance *c, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(c->trial->doing, sizeof(c->trial->doing), fmt, arguments);
	va_end(arguments);
}

char *kept_text(struct conformance *c, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	obstack_vprintf(&c->memory, fmt, arguments);
	va_end(arguments);
	obstack_1grow(&c->memory, '\0');
	return obstack_finish(&c->memory);
}

/* ---- harnesses ---- */

static struct weir_harness *current; /* of this process; for the signal handler */
static struct trial *shared;

struct weir_harness *make_harness(struct conformance *c)
{
	struct weir_harness *h = weir_harness_load(c->wishes->path);
	if (h == NULL)
		abort(); /* no memory: nothing can be tried */
	memcpy(h->uuid, c->uuid, sizeof(h->uuid));
	weir_harness_pipeline(h, c->name);
	for (uint32_t i = 0; i < c->n_settings; i++)
		harness_set(h, &c->settings[i]);
	for (const char *const *option = c->wishes->options; *option != NULL; option += 2)
		weir_harness_option(h, option[0], option[1]);
	/* a check that has its finding may leave it open: that is no leak of the plugin's */
	memcpy(obstack_alloc(&c->memory, sizeof(h)), &h, sizeof(h));
	return current = h;
}

struct weir_harness *open_harness(struct conformance *c)
{
	struct weir_harness *h = make_harness(c);
	if (weir_harness_open(h) == WEIR_OK)
		return h;
	fail(c, "open() fails, though it went well before: %s", weir_harness_failure(h));
	weir_harness_free(h);
	return NULL;
}

weir_status feed_line(struct weir_harness *h, const char *line)
{
	weir_status s;
	AGAIN(s, weir_harness_feed_text(h, NULL, line));
	return s;
}

void exercise(struct conformance *c, struct weir_harness *h)
{
	struct weir_snapshot *snapshot = NULL;
	if (c->kind == PLUGIN_SOURCE)
		(void)weir_harness_poll(h, 10, 100);
	for (uint32_t i = 0; c->kind != PLUGIN_SOURCE && i < 10 && c->lines[i] != NULL; i++)
		(void)feed_line(h, c->lines[i]);
	if (c->kind == PLUGIN_WINDOWED)
		(void)weir_harness_turn_clock(h, 0);
	/* what a last resource has committed, no other instance may begin without */
	if (weir_harness_barrier(h, &snapshot) == WEIR_OK && c->kind == PLUGIN_SINK &&
	    c->plugin->sink->delivery != WEIR_LAST_RESOURCE)
		(void)weir_harness_complete(h, snapshot);
	weir_snapshot_free(snapshot);
	if (c->kind == PLUGIN_WINDOWED)
		(void)weir_harness_watermark(h, INT64_MAX);
}

/* ---- the first three ---- */

/* Beyond what weir itself asks for. */
static enum verdict check_descriptor(struct conformance *c, const struct weir_plugin *plugin, enum plugin_kind kind)
{
	if (strchr(plugin->summary, '\n') != NULL)
		return fail(c, "its summary has more than one line");
	if (plugin->name[strspn(plugin->name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
		return fail(c, "its name '%s' has other characters than a-z, 0-9, _ and -", plugin->name);
	return pass(c, "%s %s, a %s%s, plugin ABI %u.%u; options: %u, all documented", plugin->name, plugin->version,
		    kind == PLUGIN_WINDOWED ? "windowed " : "", plugin_kind_name(kind), plugin->abi_major, plugin->abi_minor,
		    plugin->n_options);
}

static enum verdict check_loads(struct conformance *c)
{
	struct plugin *plugin;
	struct error error = ERROR_INIT;
	if (plugin_load(c->wishes->path, &plugin, &error) < 0)
		return fail(c, "%s", error.text);
	enum verdict verdict = check_descriptor(c, plugin->descriptor, plugin->kind);
	plugin_free(plugin);
	return verdict;
}

static enum verdict check_opens(struct conformance *c)
{
	struct weir_harness *h = make_harness(c);
	if (weir_harness_check(h) != WEIR_OK && !h->is_complete)
		return skip(c, "%s (give it with --option or --config)", weir_harness_complaint(h, 0));
	doing(c, "open()");
	if (weir_harness_open(h) != WEIR_OK)
		return fail(c, "%s", weir_harness_failure(h));
	doing(c, "close()");
	weir_harness_free(h);
	return pass(c, "with the options given");
}

/* ---- a process for each ---- */

static void die_with_words(int signal_number)
{
	const char *inside = current != NULL ? harness_inside(current) : NULL;
	for (size_t i = 0; inside != NULL && i + 1 < sizeof(shared->inside) && (shared->inside[i] = inside[i]) != '\0'; i++)
		;
	raise(signal_number); /* the handler has been taken back */
}

static void begin_child(struct conformance *c, FILE *words)
{
	static uint8_t stack[64 * 1024];
	const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM};
	struct sigaction action = {.sa_handler = die_with_words, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK)};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
	shared = c->trial;
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigaction(deadly[i], &action, NULL);
	if (words != NULL)
		dup2(fileno(words), STDERR_FILENO);
	dup2(fileno(words != NULL ? words : stderr), STDOUT_FILENO);
}

/* False: it is still running. */
static bool wait_until(pid_t child, int64_t deadline_ms, int *ret_status)
{
	while (waitpid(child, ret_status, WNOHANG) == 0) {
		if (clock_monotonic_ms() >= deadline_ms)
			return false;
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	return true;
}

static void end_child(pid_t child)
{
	int status;
	kill(child, SIGTERM); /* it notes where it stands */
	if (!wait_until(child, clock_monotonic_ms() + 500, &status)) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
}

static void blame(struct conformance *c, const char *what)
{
	struct trial *trial = c->trial;
	fail(c, "%s%s%s%s%s%s", what, trial->inside[0] != '\0' ? ", in " : "", trial->inside,
	     trial->inside[0] != '\0' ? "()" : "", trial->doing[0] != '\0' ? ", while trying: " : "", trial->doing);
}

static void show_words(FILE *words)
{
	char line[512];
	rewind(words);
	for (int n = 0; n < 20 && fgets(line, sizeof(line), words) != NULL; n++)
		printf("      | %s%s", line, strchr(line, '\n') != NULL ? "" : "\n");
}

static void print_finding(const char *name, const struct trial *trial)
{
	static const char *const words[] = {"PASS", "FAIL", "SKIP"};
	printf("%s  %s: %s\n", words[trial->verdict], name, trial->text);
	fflush(stdout);
}

static enum verdict run(struct conformance *c, const char *name, enum verdict (*check)(struct conformance *, uint32_t),
			uint32_t number)
{
	*c->trial = (struct trial){.verdict = VERDICT_FAIL};
	FILE *words = tmpfile();
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		begin_child(c, words);
		c->trial->verdict = check(c, number);
		exit(EXIT_SUCCESS);
	}
	if (child < 0) {
		fail(c, "cannot start a process");
	} else if (!wait_until(child, clock_monotonic_ms() + c->wishes->timeout_ms, &status)) {
		end_child(child);
		blame(c, kept_text(c, "did not end within %" PRId64 " s", c->wishes->timeout_ms / 1000));
	} else if (WIFSIGNALED(status)) {
		blame(c, kept_text(c, "died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status))));
	} else if (WEXITSTATUS(status) != 0 && (c->trial->text[0] == '\0' || c->trial->verdict != VERDICT_FAIL)) {
		blame(c, kept_text(c, "ended the process with status %d", WEXITSTATUS(status)));
	}
	print_finding(name, c->trial);
	if (c->trial->verdict == VERDICT_FAIL && words != NULL)
		show_words(words);
	if (words != NULL)
		fclose(words);
	return c->trial->verdict;
}

/* ---- the list ---- */

enum { FOR_SOURCE = 1 << PLUGIN_SOURCE, FOR_TRANSFORM = 1 << PLUGIN_TRANSFORM, FOR_WINDOWED = 1 << PLUGIN_WINDOWED,
       FOR_SINK = 1 << PLUGIN_SINK, FOR_ALL = 15 };

struct check {
	const char *name;
	unsigned kinds;
	bool needs_open;
	enum verdict (*run)(struct conformance *c);
};

static const struct check checks[] = {
	{"option limits", FOR_ALL, false, check_limits},
	{"poll is interrupted", FOR_SOURCE, true, check_interrupt},
	{"restore at every barrier", FOR_SOURCE | FOR_TRANSFORM | FOR_WINDOWED, true, check_restore},
	{"two instances at once", FOR_SOURCE | FOR_TRANSFORM | FOR_WINDOWED, true, check_two_instances},
	{"bad records", FOR_TRANSFORM | FOR_WINDOWED | FOR_SINK, true, check_bad_records},
	{"nothing left behind", FOR_ALL, true, check_nothing_left},
};

static enum verdict run_loads(struct conformance *c, uint32_t number)
{
	(void)number;
	return check_loads(c);
}

static enum verdict run_opens(struct conformance *c, uint32_t number)
{
	(void)number;
	return check_opens(c);
}

static enum verdict run_listed(struct conformance *c, uint32_t number)
{
	if (checks[number].needs_open && !c->is_open)
		return skip(c, "it does not open");
	return checks[number].run(c);
}

static enum verdict run_crash(struct conformance *c, uint32_t number)
{
	return c->is_open ? check_crash(c, number) : skip(c, "it does not open");
}

/* True: a check failed. */
static bool run_all(struct conformance *c)
{
	enum verdict opens = run(c, "opens", run_opens, 0);
	bool failed = opens == VERDICT_FAIL;
	c->is_open = opens == VERDICT_PASS;
	for (uint32_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].kinds & 1u << c->kind)
			failed |= run(c, checks[i].name, run_listed, i) == VERDICT_FAIL;
	c->story = c->kind == PLUGIN_SINK ? story_new(c) : NULL;
	for (uint32_t i = 0; c->kind == PLUGIN_SINK && crash_name(i) != NULL; i++)
		failed |= run(c, crash_name(i), run_crash, i) == VERDICT_FAIL;
	return failed;
}

/* ---- what is needed for it ---- */

static bool read_settings(struct conformance *c)
{
	static const enum plugin_role roles[] = {[PLUGIN_SOURCE] = ROLE_SOURCE, [PLUGIN_TRANSFORM] = ROLE_TRANSFORM,
						 [PLUGIN_WINDOWED] = ROLE_TRANSFORM, [PLUGIN_SINK] = ROLE_SINK};
	struct findings findings = {0};
	if (c->wishes->configuration == NULL)
		return true;
	int r = component_settings_read(c->wishes->configuration, c->plugin->name, roles[c->kind], &c->memory, &c->settings,
					&c->n_settings, &findings);
	findings_print(&findings, stderr);
	findings_done(&findings);
	return r == 0;
}

#define BUILT_IN_LINES 200

static void add_line(struct conformance *c, const char ***lines, size_t n, const char *line)
{
	if (n % 256 == 0 && (*lines = realloc(*lines, (n + 257) * sizeof(**lines))) == NULL)
		abort();
	(*lines)[n] = line != NULL ? kept_text(c, "%s", line) : kept_text(c, "%zu key%zu %zu", n * 1000, n % 7, n);
	(*lines)[n + 1] = NULL;
}

static bool read_lines(struct conformance *c)
{
	const char **lines = NULL;
	char *line = NULL;
	size_t bytes = 0, n = 0;
	FILE *file = c->wishes->input != NULL ? fopen(c->wishes->input, "r") : NULL;
	for (; file != NULL && getline(&line, &bytes, file) >= 0; n++) {
		line[strcspn(line, "\n")] = '\0';
		add_line(c, &lines, n, line);
	}
	for (; c->wishes->input == NULL && n < BUILT_IN_LINES; n++)
		add_line(c, &lines, n, NULL);
	free(line);
	if (file != NULL)
		fclose(file);
	c->lines = lines;
	if (n == 0)
		fprintf(stderr, "weir test-plugin: %s has no line that can be read\n", c->wishes->input);
	return n > 0;
}

/* Loaded in this process too, so that each child begins with what the plugin is before anything has run. */
static bool load(struct conformance *c)
{
	struct plugin *plugin;
	struct error error = ERROR_INIT;
	if (plugin_load(c->wishes->path, &plugin, &error) < 0)
		return false;
	c->plugin = plugin->descriptor;
	c->kind = plugin->kind;
	plugin_free(plugin);
	return true;
}

int conformance_run(const struct conformance_wishes *wishes)
{
	static struct conformance c; /* where a leak checker looks for what is still in use */
	c.wishes = wishes;
	obstack_init(&c.memory);
	uuid_make(c.uuid);
	snprintf(c.name, sizeof(c.name), "weir-test-%.8s", c.uuid);
	c.trial = mmap(NULL, sizeof(*c.trial), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.trial == MAP_FAILED || access(wishes->path, R_OK) != 0) {
		fprintf(stderr, "weir test-plugin: cannot read %s\n", wishes->path);
		return 2;
	}
	if (run(&c, "loads", run_loads, 0) == VERDICT_FAIL || !load(&c))
		return 1;
	if (!read_settings(&c) || !read_lines(&c))
		return 2;
	return run_all(&c) ? 1 : 0;
}
