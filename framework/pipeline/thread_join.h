/* Joins a thread unless the monotonic deadline comes first. */
#ifndef WEIR_PIPELINE_THREAD_JOIN_H
#define WEIR_PIPELINE_THREAD_JOIN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

bool thread_join_until(pthread_t thread, int64_t deadline_ms);

#endif
