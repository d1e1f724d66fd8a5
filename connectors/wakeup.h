/* Lets interrupt() end the waiting of a poll(). A signal that comes while nobody waits ends the next
 * waiting. */
#ifndef CONNECTORS_WAKEUP_H
#define CONNECTORS_WAKEUP_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A descriptor, or -errno. */
static inline int wakeup_open(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static inline void wakeup_signal(int fd) /* any thread */
{
	(void)!write(fd, &(uint64_t){1}, sizeof(uint64_t));
}

/* true: it was signalled. */
static inline bool wakeup_wait(int fd, int64_t timeout_ms)
{
	int wait_ms = timeout_ms > 60000 ? 60000 : (int)timeout_ms;
	if (wait_ms <= 0 || poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, wait_ms) <= 0)
		return false;
	(void)!read(fd, &(uint64_t){0}, sizeof(uint64_t));
	return true;
}

#endif
