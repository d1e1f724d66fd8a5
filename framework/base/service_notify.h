/* What weir tells a service manager that has started it with Type=notify: one datagram each to $NOTIFY_SOCKET, as
 * sd_notify(3) has it. Without that variable nothing happens. (libsystemd would do the same and be mapped, with its
 * compression and crypto libraries, into every pipeline process.) */
#ifndef WEIR_BASE_SERVICE_NOTIFY_H
#define WEIR_BASE_SERVICE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* "READY=1", "STATUS=%s", ... */
void service_notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool service_is_notified(void);

/* How often the manager wants to hear "WATCHDOG=1" from this process, in ms; 0 = not at all. */
int64_t service_watchdog_ms(void);

/* In a child: the manager listens to its parent. */
void service_forget(void);

#endif
