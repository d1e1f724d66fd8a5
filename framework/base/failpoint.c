#include "base/failpoint.h"

#ifdef WEIR_FAILPOINTS

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct point {
	char name[64];
	unsigned nth, passed; /* nth 0: always */
	char action[32];
};

static struct point points[16];
static unsigned n_points;
static pthread_once_t parsed = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void refuse(const char *text)
{
	fprintf(stderr, "weir: WEIR_FAIL: cannot read '%s': expected name:nth|always:kill|stop|error|delay=MS\n", text);
	exit(2);
}

static bool action_is_known(const char *action)
{
	return strcmp(action, "kill") == 0 || strcmp(action, "stop") == 0 || strcmp(action, "error") == 0 ||
	       strncmp(action, "delay=", 6) == 0;
}

static bool read_nth(const char *text, unsigned *nth)
{
	char *end;
	*nth = strcmp(text, "always") == 0 ? 0 : (unsigned)strtoul(text, &end, 10);
	return strcmp(text, "always") == 0 || (*nth > 0 && *end == '\0');
}

static void parse(void)
{
	const char *text = getenv("WEIR_FAIL");
	if (text == NULL || *text == '\0')
		return;
	char *copy = strdup(text), *rest = NULL;
	for (char *one = strtok_r(copy, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
		struct point *point = &points[n_points];
		char nth[16];
		if (n_points == sizeof(points) / sizeof(points[0]) ||
		    sscanf(one, "%63[^:]:%15[^:]:%31s", point->name, nth, point->action) != 3 ||
		    !read_nth(nth, &point->nth) || !action_is_known(point->action))
			refuse(one);
		n_points++;
	}
	free(copy);
}

static bool act(const char *action)
{
	if (strcmp(action, "kill") == 0)
		kill(getpid(), SIGKILL);
	else if (strcmp(action, "stop") == 0)
		raise(SIGSTOP); /* to this thread: sent to the process, another may take it while this one goes on */
	else if (strcmp(action, "error") == 0)
		return true;
	else {
		long ms = atol(action + 6);
		nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
	}
	return false;
}

bool failpoint(const char *name)
{
	pthread_once(&parsed, parse);
	const char *action = NULL;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n_points; i++)
		if (strcmp(points[i].name, name) == 0 && (++points[i].passed == points[i].nth || points[i].nth == 0))
			action = points[i].action;
	pthread_mutex_unlock(&lock);
	return action != NULL && act(action);
}

#endif
