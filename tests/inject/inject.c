/* Preloaded into weir by tests (LD_PRELOAD): makes chosen calls of the C library fail, and records what is
 * done to a folder so that power_loss can rebuild it. Settings come from the environment:
 *
 *   INJECT_BELOW=DIR    only calls on paths below it count
 *   INJECT_CALLS=LIST   of write (also pwrite), open, create (open that may make a file), mkdir, rename, unlink,
 *                       truncate, allocate (fallocate), sync (fsync, fdatasync); a comma between them
 *   INJECT_ERROR=NAME   ENOSPC, EDQUOT, EIO, EMFILE, ENOMEM; or SHORT: a write does half of what it was asked for
 *   INJECT_NTH=N        from the nth such call on (1)
 *   INJECT_TIMES=N      so often (1; 0: from then on always)
 *   INJECT_WHILE=FILE   only while this file exists; other calls do not count
 *   INJECT_TOTAL=FILE   gets the number of calls that counted, at the end of the process that loaded this
 *   INJECT_MALLOC=N     the nth malloc, calloc or realloc of the processes it forks returns NULL (0: only count)
 *   INJECT_MALLOC_NOT=X  of those that objects whose names begin with X (libstdc++) ask for, none counts
 *   INJECT_RECORD=FILE  what is done below INJECT_BELOW is appended here, beginning with all that is there (record.h)
 *
 * Counters are shared with forked processes and go on over restarts of them. What is done to a call is said on
 * the standard error ("inject: ..."), and so is the object in which a signal like SIGSEGV struck. */
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#define MOST_SAID 20
#define SHORT_WRITE (-1)

struct shared {
	atomic_long n_calls, n_allocations;
	atomic_int n_said;
};

static struct settings {
	const char *below, *calls, *while_there, *total, *malloc_not;
	int error;
	long nth, times, nth_allocation;
	pid_t loaded_by;
	struct shared *shared; /* NULL: not loaded yet */
} settings;

/* ---- settings ---- */

static long number_from(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text == NULL ? otherwise : atol(text);
}

static int error_from(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} known[] = {{"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM},
		     {"SHORT", SHORT_WRITE}};
	for (size_t i = 0; name != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].error;
	return 0;
}

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	if (atomic_fetch_add(&settings.shared->n_said, 1) >= MOST_SAID)
		return;
	char text[PATH_MAX + 200];
	va_list arguments;
	va_start(arguments, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	(void)!real_write(STDERR_FILENO, text, (size_t)n);
}

static const char *object_of(void *address)
{
	Dl_info info;
	if (address == NULL || dladdr(address, &info) == 0)
		return "nowhere known";
	const char *slash = strrchr(info.dli_fname, '/');
	return slash == NULL ? info.dli_fname : slash + 1;
}

static void name_the_place(int signal_number, siginfo_t *info, void *context)
{
	(void)info;
	say("inject: signal %d in %s\n", signal_number,
	    object_of((void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]));
	/* With SA_RESETHAND the same instruction now ends the process. */
}

__attribute__((constructor)) static void load(void)
{
	settings.below = getenv("INJECT_BELOW");
	settings.calls = getenv("INJECT_CALLS");
	settings.while_there = getenv("INJECT_WHILE");
	settings.total = getenv("INJECT_TOTAL");
	settings.malloc_not = getenv("INJECT_MALLOC_NOT");
	settings.error = error_from(getenv("INJECT_ERROR"));
	settings.nth = number_from("INJECT_NTH", 1);
	settings.times = number_from("INJECT_TIMES", 1);
	settings.nth_allocation = number_from("INJECT_MALLOC", -1);
	settings.loaded_by = getpid();
	if (getenv("INJECT_RECORD") != NULL && settings.below != NULL)
		record_begin(getenv("INJECT_RECORD"), settings.below);
	for (int i = 0; settings.nth_allocation >= 0 && i < 3; i++)
		sigaction((const int[]){SIGSEGV, SIGBUS, SIGFPE}[i],
			  &(struct sigaction){.sa_sigaction = name_the_place, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND}, NULL);
	void *memory = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	settings.shared = memory;
}

__attribute__((destructor)) static void unload(void)
{
	if (settings.total == NULL || getpid() != settings.loaded_by)
		return;
	FILE *file = fopen(settings.total, "w");
	if (file == NULL)
		abort();
	fprintf(file, "%ld\n", settings.nth_allocation >= 0 ? atomic_load(&settings.shared->n_allocations)
							    : atomic_load(&settings.shared->n_calls));
	fclose(file);
}

/* ---- calls ---- */

bool is_below(const char *folder, const char *path)
{
	size_t len = strlen(folder);
	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool is_listed(const char *call)
{
	size_t len = strlen(call);
	for (const char *at = settings.calls; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, call, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

int fault_in(const char *call, const char *path)
{
	if (settings.shared == NULL || settings.below == NULL || !is_listed(call) || !is_below(settings.below, path))
		return 0;
	if (settings.while_there != NULL && access(settings.while_there, F_OK) != 0)
		return 0;
	long n = atomic_fetch_add(&settings.shared->n_calls, 1) + 1;
	if (settings.error == 0 || n < settings.nth || (settings.times > 0 && n >= settings.nth + settings.times))
		return 0;
	say("inject: call %ld: %s of '%s' gets %s\n", n, call, path,
	    settings.error == SHORT_WRITE ? "half done" : strerrorname_np(settings.error));
	return settings.error;
}

bool fails(const char *call, const char *path)
{
	int error = fault_in(call, path);
	if (error <= 0)
		return false;
	errno = error;
	return true;
}

bool write_fails(const char *path, size_t *bytes)
{
	int error = fault_in("write", path);
	if (error == SHORT_WRITE && *bytes > 1)
		*bytes /= 2;
	if (error <= 0)
		return false;
	errno = error;
	return true;
}

/* ---- memory ---- */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

/* Only the pipeline process; what is said must not allocate. */
static bool allocation_fails(void *caller)
{
	static __thread bool is_saying;
	if (settings.shared == NULL || settings.nth_allocation < 0 || is_saying || getpid() == settings.loaded_by ||
	    (settings.malloc_not != NULL && strncmp(object_of(caller), settings.malloc_not, strlen(settings.malloc_not)) == 0))
		return false;
	long n = atomic_fetch_add(&settings.shared->n_allocations, 1) + 1;
	if (n != settings.nth_allocation)
		return false;
	is_saying = true;
	say("inject: allocation %ld fails, for %s\n", n, object_of(caller));
	is_saying = false;
	errno = ENOMEM;
	return true;
}

EXPORT void *malloc(size_t bytes)
{
	return allocation_fails(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}

EXPORT void *calloc(size_t n, size_t bytes)
{
	return allocation_fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, bytes);
}

EXPORT void *realloc(void *memory, size_t bytes)
{
	return allocation_fails(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, bytes);
}
