/* LD_PRELOAD: the clock on the wall as many seconds ahead as the file $SHIFTED_CLOCK says, 31 characters of text
 * that a test overwrites in place. As on a machine whose clock is set, monotonic time does not change, and
 * whoever waits for a time on the wall waits for the new clock to show it. (libfaketime converts the deadlines
 * of threads that wait by the monotonic clock, too, and loses count when its offset changes.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define TEXT_BYTES 32
#define LOOK_AGAIN_NS 50000000
#define LEAST_WALL_SECONDS 1000000000 /* a monotonic clock shows less */

static const char *text;

__attribute__((constructor)) static void map_file(void)
{
	const char *path = getenv("SHIFTED_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *memory = fd >= 0 ? mmap(NULL, TEXT_BYTES, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (memory != MAP_FAILED)
		text = memory;
	if (fd >= 0)
		close(fd);
}

static time_t shift(void)
{
	return text != NULL ? (time_t)strtoll(text, NULL, 10) : 0;
}

static struct timespec real_clock(clockid_t id)
{
	struct timespec now;
	syscall(SYS_clock_gettime, id, &now);
	return now;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	if (syscall(SYS_clock_gettime, id, now) != 0)
		return -1;
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		now->tv_sec += shift();
	return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	(void)zone;
	struct timespec real = real_clock(CLOCK_REALTIME);
	*now = (struct timeval){real.tv_sec + shift(), real.tv_nsec / 1000};
	return 0;
}

time_t time(time_t *result)
{
	time_t now = real_clock(CLOCK_REALTIME).tv_sec + shift();
	if (result != NULL)
		*result = now;
	return now;
}

int timespec_get(struct timespec *now, int base)
{
	clock_gettime(CLOCK_REALTIME, now);
	return base;
}

static int is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

typedef int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline);

static int wait_by_shifted_clock(wait_until *wait, int timed_out, pthread_cond_t *condition, pthread_mutex_t *mutex,
				 const struct timespec *deadline)
{
	if (deadline->tv_sec < LEAST_WALL_SECONDS)
		return wait(condition, mutex, deadline);
	for (;;) {
		struct timespec until = *deadline, soon = real_clock(CLOCK_REALTIME);
		until.tv_sec -= shift();
		soon.tv_nsec += LOOK_AGAIN_NS;
		soon.tv_sec += soon.tv_nsec / 1000000000;
		soon.tv_nsec %= 1000000000;
		int is_last = is_before(&until, &soon);
		int r = wait(condition, mutex, is_last ? &until : &soon);
		if (r != timed_out || is_last)
			return r;
	}
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict deadline)
{
	wait_until *wait = (wait_until *)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	return wait_by_shifted_clock(wait, ETIMEDOUT, condition, mutex, deadline);
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict deadline)
{
	wait_until *wait = (wait_until *)dlsym(RTLD_NEXT, "cnd_timedwait");
	return wait_by_shifted_clock(wait, thrd_timedout, (pthread_cond_t *)condition, (pthread_mutex_t *)mutex, deadline);
}
