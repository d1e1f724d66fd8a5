#include "weir/command_control.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/control_client.h"

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_BAD_USAGE = 2 };

#define LOOK_AGAIN_MS 100

static const char options_help[] = "  --socket PATH   where the daemon answers; default: " CONTROL_SOCKET "\n"
				   "  --json          the daemon's answer as it is\n"
				   "  --help          this text\n";

static const struct {
	enum control_command command;
	const char *arguments, *help;
} texts[] = {
	[CONTROL_STATUS] = {CONTROL_STATUS, "[OPTION]... [NAME]",
			    "How the pipelines of weir serve, or one of them, are doing:\n"
			    "\n"
			    "  STARTING    being recovered\n"
			    "  RUNNING     records go through as they come\n"
			    "  WAITING     for the broker, which is away\n"
			    "  STALLED     no record in or out for pipeline.stalled_after (30s), though there is lag\n"
			    "  RESTARTING  after a failure, or with new settings\n"
			    "  STOPPING    a last checkpoint is being made\n"
			    "  STOPPED     by weir stop\n"
			    "  FINISHED    at the end of its input\n"
			    "  FAILED      restart attempts are used up; or it was refused or fenced, as the last error says\n"
			    "\n"
			    "restart attempts used of those allowed; records a second in and out; lag; the last checkpoint:\n"
			    "number, age, how long it took; the last error with its time; files that are not in force.\n"
			    "\n"
			    "exit status: 0 good; 1 one of those shown has failed, there is none of that name, or no daemon\n"
			    "answers; 2 bad usage\n"},
	[CONTROL_START] = {CONTROL_START, "[OPTION]... NAME",
			   "Starts a pipeline that was stopped, has failed or finished, with its file as it is now.\n"
			   "\n"
			   "exit status: 0 started, or running already; 1 there is no pipeline of that name, or no daemon\n"
			   "answers; 2 bad usage, or its file has mistakes\n"},
	[CONTROL_STOP] = {CONTROL_STOP, "[OPTION]... NAME",
			  "Stops a pipeline: a last checkpoint, then the end; waits for that. It stays stopped when the\n"
			  "daemon reads its folder anew, until weir start, weir restart or a new start of the daemon.\n"
			  "\n"
			  "exit status: 0 stopped; 1 stopped without a last checkpoint, there is no pipeline of that name,\n"
			  "or no daemon answers; 2 bad usage\n"},
	[CONTROL_RESTART] = {CONTROL_RESTART, "[OPTION]... NAME",
			     "Reads the pipeline's file; where it is good, stops the pipeline in order and starts it with the\n"
			     "file and the plugins as they are now. A file with mistakes leaves the running version running.\n"
			     "\n"
			     "exit status: 0 started anew; 1 there is no pipeline of that name, or no daemon answers; 2 bad\n"
			     "usage, or its file has mistakes\n"},
	[CONTROL_RELOAD] = {CONTROL_RELOAD, "[OPTION]...",
			    "Has the daemon read its folder anew, as SIGHUP does: new pipelines are started, those whose\n"
			    "settings have changed (included files, and what ${env:...} and ${file:...} stand for, count;\n"
			    "comments do not) are restarted, those that no file describes any more are stopped. A file with\n"
			    "mistakes leaves the running version running.\n"
			    "\n"
			    "exit status: 0 all is in force; 1 no daemon answers; 2 bad usage, or a file was refused\n"},
};

struct wish {
	enum control_command command;
	const char *socket_path, *name;
	bool as_json;
};

static int bad_usage(const struct wish *wish, const char *what)
{
	const char *command = control_command_name(wish->command);
	fprintf(stderr, "weir %s: %s\nTry 'weir %s --help'.\n", command, what, command);
	return EXIT_BAD_USAGE;
}

/* -1: go on; otherwise the exit status. */
static int parse(int argc, char **argv, struct wish *wish)
{
	static const struct option names[] = {{"socket", required_argument, NULL, 's'},
					      {"json", no_argument, NULL, 'j'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	optind = 1;
	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 's':
			wish->socket_path = optarg;
			break;
		case 'j':
			wish->as_json = true;
			break;
		case 'h':
			printf("usage: weir %s %s\n%s\n%s", control_command_name(wish->command), texts[wish->command].arguments,
			       texts[wish->command].help, options_help);
			return EXIT_GOOD;
		default:
			return bad_usage(wish, "wrong option");
		}
	}
	if (argc - optind > 1)
		return bad_usage(wish, "too many arguments");
	wish->name = argv[optind]; /* NULL behind the last */
	if (wish->command == CONTROL_RELOAD && wish->name != NULL)
		return bad_usage(wish, "it takes no name");
	if (wish->command != CONTROL_RELOAD && wish->command != CONTROL_STATUS && wish->name == NULL)
		return bad_usage(wish, "the name of a pipeline is needed; weir status shows them");
	return -1;
}

/* ---- what a person reads ---- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL ? text : "";
}

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void print_checkpoint(const json_t *checkpoint)
{
	if (json_is_object(checkpoint))
		printf("%lld, %.1f s ago, %lld ms", (long long)number_of(checkpoint, "id"),
		       (double)number_of(checkpoint, "age_ms") / 1000, (long long)number_of(checkpoint, "duration_ms"));
	else
		printf("none yet");
}

static void print_pipeline(const json_t *pipeline, int width)
{
	const json_t *restarts = json_object_get(pipeline, "restarts"), *lag = json_object_get(pipeline, "lag");
	char used[48], lag_text[24] = "unknown";
	snprintf(used, sizeof(used), "%lld of %lld", (long long)number_of(restarts, "used"), (long long)number_of(restarts, "allowed"));
	if (json_is_integer(lag))
		snprintf(lag_text, sizeof(lag_text), "%lld", (long long)json_integer_value(lag));
	printf("%-*s  %-10s  %8s  %10.0f  %10.0f  %10s  ", width, text_of(pipeline, "name"), text_of(pipeline, "state"), used,
	       json_number_value(json_object_get(pipeline, "rate_in")), json_number_value(json_object_get(pipeline, "rate_out")), lag_text);
	print_checkpoint(json_object_get(pipeline, "checkpoint"));
	putchar('\n');
	const json_t *error = json_object_get(pipeline, "last_error");
	if (json_is_object(error))
		printf("    last error, %s: %s\n", text_of(error, "time"), text_of(error, "text"));
}

static void print_lines(const char *text, const char *indent)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		printf("%s%.*s\n", indent, (int)len, text);
	}
}

static void print_status(const json_t *answer)
{
	int width = 4;
	size_t i;
	const json_t *pipeline, *file, *pipelines = json_object_get(answer, "pipelines"), *refused = json_object_get(answer, "refused");
	json_array_foreach(pipelines, i, pipeline) {
		int len = (int)strlen(text_of(pipeline, "name"));
		width = len > width ? len : width;
	}
	printf("%-*s  %-10s  %8s  %10s  %10s  %10s  %s\n", width, "NAME", "STATE", "RESTARTS", "IN/S", "OUT/S", "LAG", "CHECKPOINT");
	json_array_foreach(pipelines, i, pipeline)
		print_pipeline(pipeline, width);
	json_array_foreach(refused, i, file) {
		printf("not in force: %s\n", text_of(file, "file"));
		print_lines(text_of(file, "why"), "    ");
	}
}

static int status_of(const json_t *answer)
{
	size_t i;
	const json_t *pipeline;
	json_array_foreach(json_object_get(answer, "pipelines"), i, pipeline)
		if (strcmp(text_of(pipeline, "state"), "FAILED") == 0)
			return EXIT_FAILED;
	return EXIT_GOOD;
}

static void print_names(const json_t *answer, const char *list)
{
	size_t i;
	const json_t *name;
	json_array_foreach(json_object_get(answer, list), i, name)
		printf("%s: %s\n", list, json_string_value(name));
}

static int print_reload(const json_t *answer)
{
	static const char *const lists[] = {"added", "removed", "restarted", "stopped", "unchanged"};
	const json_t *file, *refused = json_object_get(answer, "refused");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		print_names(answer, lists[i]);
	size_t i;
	json_array_foreach(refused, i, file) {
		printf("not in force: %s\n", text_of(file, "file"));
		print_lines(text_of(file, "why"), "    ");
	}
	return json_array_size(refused) > 0 ? EXIT_BAD_USAGE : EXIT_GOOD;
}

/* ---- asking ---- */

static int ask(const struct wish *wish, enum control_command command, json_t **ret_answer)
{
	struct error error = ERROR_INIT;
	if (control_ask(wish->socket_path, command, wish->name, ret_answer, &error) == 0)
		return 0;
	fprintf(stderr, "weir %s: %s\n", control_command_name(wish->command), error.text);
	return -1;
}

/* Until what was asked for has come about: the process that is to end has ended. Its state then; new reference. */
static json_t *wait_for_end(const struct wish *wish)
{
	for (;;) {
		json_t *answer;
		if (ask(wish, CONTROL_STATUS, &answer) != 0)
			return NULL;
		json_t *pipeline = json_incref(json_array_get(json_object_get(answer, "pipelines"), 0));
		json_decref(answer);
		if (pipeline == NULL || (strcmp(text_of(pipeline, "state"), "STOPPING") != 0 &&
					 !json_is_true(json_object_get(pipeline, "replaced"))))
			return pipeline;
		json_decref(pipeline);
		nanosleep(&(struct timespec){0, LOOK_AGAIN_MS * 1000000}, NULL);
	}
}

static int finish(const struct wish *wish, const json_t *answer)
{
	json_t *pipeline = wait_for_end(wish);
	if (pipeline == NULL)
		return EXIT_FAILED;
	bool is_disorderly = wish->command == CONTROL_STOP && number_of(pipeline, "exit_status") != 0 &&
			     strcmp(text_of(answer, "said"), "stopping") == 0;
	if (!wish->as_json)
		printf("%s: %s%s\n", text_of(pipeline, "name"), text_of(pipeline, "state"),
		       is_disorderly ? ", without a last checkpoint" : "");
	json_decref(pipeline);
	return is_disorderly ? EXIT_FAILED : EXIT_GOOD;
}

static int show(const struct wish *wish, const json_t *answer)
{
	if (wish->as_json) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (!json_is_true(json_object_get(answer, "ok"))) {
		if (!wish->as_json)
			fprintf(stderr, "weir %s: %s\n", control_command_name(wish->command), text_of(answer, "error"));
		return (int)number_of(answer, "exit");
	}
	switch (wish->command) {
	case CONTROL_STATUS:
		if (!wish->as_json)
			print_status(answer);
		return status_of(answer);
	case CONTROL_RELOAD:
		return wish->as_json ? (json_array_size(json_object_get(answer, "refused")) > 0 ? EXIT_BAD_USAGE : EXIT_GOOD)
				     : print_reload(answer);
	default:
		return finish(wish, answer);
	}
}

static int run(enum control_command command, int argc, char **argv)
{
	struct wish wish = {.command = command, .socket_path = CONTROL_SOCKET};
	int r = parse(argc, argv, &wish);
	if (r != -1)
		return r;
	json_t *answer;
	if (ask(&wish, command, &answer) != 0)
		return EXIT_FAILED;
	r = show(&wish, answer);
	json_decref(answer);
	return r;
}

int command_status(int argc, char **argv)
{
	return run(CONTROL_STATUS, argc, argv);
}

int command_start(int argc, char **argv)
{
	return run(CONTROL_START, argc, argv);
}

int command_stop(int argc, char **argv)
{
	return run(CONTROL_STOP, argc, argv);
}

int command_restart(int argc, char **argv)
{
	return run(CONTROL_RESTART, argc, argv);
}

int command_reload(int argc, char **argv)
{
	return run(CONTROL_RELOAD, argc, argv);
}
