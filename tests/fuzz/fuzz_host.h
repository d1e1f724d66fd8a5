/* The fake weir of the unit tests, around one plugin. Its assertions are claims here: check's work only within a
 * runner of check. */
#ifndef WEIR_TESTS_FUZZ_HOST_H
#define WEIR_TESTS_FUZZ_HOST_H

#include "fuzz.h"

#define CHECK_H /* in place of check.h */
#define ck_assert(claim) CLAIM(claim)
#define ck_abort_msg(...) (fprintf(stderr, __VA_ARGS__), claim_failed("what the fake weir asks for", __FILE__, __LINE__))
#define ck_assert_msg(claim, ...) ((claim) ? (void)0 : ck_abort_msg(__VA_ARGS__))
#define ck_assert_ptr_nonnull(pointer) CLAIM((pointer) != NULL)
#define ck_assert_int_eq(a, b) CLAIM((a) == (b))
#define ck_assert_int_ge(a, b) CLAIM((a) >= (b))
#define ck_assert_uint_ge(a, b) CLAIM((a) >= (b))
#define ck_assert_uint_le(a, b) CLAIM((a) <= (b))
#define ck_assert_uint_lt(a, b) CLAIM((a) < (b))
#include "tests/lib/fake_host.c"

#endif
