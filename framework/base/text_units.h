/* Durations and sizes as people write them: "250 ms", "5s", "1m", "2h", "1d"; "512", "64 KiB", "16 MiB",
 * "1 GB". Whole numbers only: a smaller unit says what a fraction would. */
#ifndef WEIR_BASE_TEXT_UNITS_H
#define WEIR_BASE_TEXT_UNITS_H

#include <stdint.h>

#define TEXT_UNITS_SIZE 32 /* enough for whatever is written back */

/* 0; -EINVAL: not such a text; -ERANGE: a number that does not fit. */
int text_to_integer(const char *text, int64_t *ret_number);  /* "-12", "0x1f" */
int text_to_duration(const char *text, int64_t *ret_ms);     /* only 0 may stand without a unit */
int text_to_bytes(const char *text, int64_t *ret_bytes);

/* In the greatest unit that divides the value. Reads back to the same number, negative ones excepted. */
void duration_to_text(int64_t ms, char text[TEXT_UNITS_SIZE]);
void bytes_to_text(int64_t bytes, char text[TEXT_UNITS_SIZE]);

#endif
