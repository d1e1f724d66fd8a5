#include "pipeline/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void failure_init(struct failure *failure, struct wakeup *coordinator)
{
	*failure = (struct failure){.status = WEIR_OK, .coordinator = coordinator};
	pthread_mutex_init(&failure->lock, NULL);
}

void failure_done(struct failure *failure)
{
	pthread_mutex_destroy(&failure->lock);
}

weir_status failure_set(struct failure *failure, weir_status status, const char *component, const char *fmt, ...)
{
	pthread_mutex_lock(&failure->lock);
	if (failure->status == WEIR_OK && !atomic_load(&failure->cancelled)) {
		failure->status = status;
		int n = snprintf(failure->text, sizeof(failure->text), "%s: ", component);
		va_list arguments;
		va_start(arguments, fmt);
		vsnprintf(failure->text + n, sizeof(failure->text) - (size_t)n, fmt, arguments);
		va_end(arguments);
	}
	pthread_mutex_unlock(&failure->lock);
	failure_cancel(failure);
	return status;
}

void failure_add(struct failure *failure, const char *text)
{
	pthread_mutex_lock(&failure->lock);
	size_t used = strlen(failure->text);
	snprintf(failure->text + used, sizeof(failure->text) - used, "%s", text);
	pthread_mutex_unlock(&failure->lock);
}

weir_status failure_no_memory(struct failure *failure, const char *component)
{
	return failure_set(failure, WEIR_FATAL, component, "out of memory");
}

void failure_cancel(struct failure *failure)
{
	atomic_store(&failure->cancelled, true);
	wakeup_signal(failure->coordinator);
}
