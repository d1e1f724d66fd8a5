/* The threads that records pass through: source, keyed tasks, sink. */
#ifndef WEIR_PIPELINE_STAGE_THREAD_H
#define WEIR_PIPELINE_STAGE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* 0, or the error number of pthread_create(). */
int stage_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);
/* Joins it unless the monotonic deadline comes first. */
bool stage_thread_join(pthread_t thread, int64_t deadline_ms);

#endif
