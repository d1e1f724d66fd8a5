/* What fuzz targets share. A target is LLVMFuzzerTestOneInput(), run by libFuzzer (`./bootstrap fuzz`) or, over
 * the committed corpus, by replay.c (`make check`). It claims what has to hold for any bytes; a claim that does
 * not hold ends the process. */
#ifndef WEIR_TESTS_FUZZ_H
#define WEIR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLAIM(claim) ((claim) ? (void)0 : claim_failed(#claim, __FILE__, __LINE__))

static inline void claim_failed(const char *claim, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
	abort();
}

/* In a block of its own, so that a sanitizer sees a read behind its end. */
static inline void *block_of(const void *data, size_t size)
{
	void *copy = malloc(size > 0 ? size : 1);
	CLAIM(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* Up to the first NUL, as a text. */
static inline char *text_of(const void *data, size_t size)
{
	char *text = strndup(data != NULL ? data : "", size);
	CLAIM(text != NULL);
	return text;
}

/* The input as numbers and parts, from its front. */
struct input {
	const uint8_t *at;
	size_t left;
};

/* Little-endian; zeros where the input has ended. */
static inline uint64_t input_number(struct input *input, unsigned bytes)
{
	uint64_t number = 0;
	for (unsigned i = 0; i < bytes && input->left > 0; i++, input->left--)
		number |= (uint64_t)*input->at++ << 8 * i;
	return number;
}

/* The part before the next separator, or all that is left; false: there is nothing more. */
static inline bool input_part(struct input *input, const char *separator, struct input *ret_part)
{
	if (input->at == NULL)
		return false;
	size_t len = strlen(separator);
	for (size_t size = 0; size + len <= input->left; size++)
		if (memcmp(input->at + size, separator, len) == 0) {
			*ret_part = (struct input){input->at, size};
			*input = (struct input){input->at + size + len, input->left - size - len};
			return true;
		}
	*ret_part = *input;
	*input = (struct input){NULL, 0};
	return true;
}

#endif
