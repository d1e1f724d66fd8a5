#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "configuration/text_expand.h"
#include "tests/lib/unit_main.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static struct obstack memory;
static struct hidden_text *hidden;
static struct error error;

static void set_up(void)
{
	obstack_init(&memory);
	hidden = NULL;
	setenv("WEIR_TEST", "value", 1);
	unsetenv("WEIR_UNSET");
}

static void tear_down(void)
{
	obstack_free(&memory, NULL);
}

static const char *expand(const char *text)
{
	const char *result = text_expand(text, &memory, &hidden, &error);
	return result != NULL ? result : error.text;
}

START_TEST(references_are_replaced_wherever_they_stand)
{
	ck_assert_str_eq(expand("plain"), "plain");
	ck_assert_str_eq(expand("${env:WEIR_TEST}"), "value");
	ck_assert_str_eq(expand("a${env:WEIR_TEST}b${env:WEIR_TEST}"), "avaluebvalue");
	ck_assert_str_eq(expand(""), "");
}
END_TEST

START_TEST(a_doubled_dollar_is_one_and_a_single_one_stays)
{
	ck_assert_str_eq(expand("$$"), "$");
	ck_assert_str_eq(expand("$${env:WEIR_TEST}"), "${env:WEIR_TEST}");
	ck_assert_str_eq(expand("cash $5 $"), "cash $5 $");
}
END_TEST

START_TEST(a_file_gives_its_content_without_the_last_newline)
{
	char path[] = "/tmp/weir_test_XXXXXX", text[64];
	int fd = mkstemp(path);
	ck_assert_int_eq(write(fd, "secret \n\n", 9), 9);
	close(fd);
	snprintf(text, sizeof(text), "<${file:%s}>", path);
	ck_assert_str_eq(expand(text), "<secret \n>");
	unlink(path);
	ck_assert_ptr_nonnull(strstr(expand(text), "No such file"));
}
END_TEST

START_TEST(what_cannot_be_replaced_is_an_error_that_says_why)
{
	ck_assert_str_eq(expand("${env:WEIR_UNSET}"), "the environment has no 'WEIR_UNSET'");
	ck_assert_ptr_nonnull(strstr(expand("${file:/tmp}"), "is a directory"));
	ck_assert_ptr_nonnull(strstr(expand("${file:/dev/zero}"), "more than"));
	ck_assert_ptr_nonnull(strstr(expand("${other:x}"), "expected ${env:NAME} or ${file:/path}"));
	ck_assert_ptr_nonnull(strstr(expand("${env:WEIR_TEST"), "} of a ${...} is missing"));
	ck_assert_ptr_nonnull(strstr(expand("${"), "} of a ${...} is missing"));
	ck_assert_ptr_nonnull(strstr(expand("${}"), "cannot read ${}"));
}
END_TEST

START_TEST(what_references_gave_is_hidden_the_longest_first)
{
	char text[] = "no login with values or value at all";
	(void)expand("${env:WEIR_TEST}");
	hidden_text_add(&hidden, "values", &memory);
	hidden_text_add(&hidden, "a", &memory);
	hidden_text_add(&hidden, "", &memory);
	text_hide(text, hidden);
	ck_assert_str_eq(text, "no login with *** or *** *t *ll");
}
END_TEST

UNIT_MAIN_WITH("configuration/text_expand", set_up, tear_down,
	       references_are_replaced_wherever_they_stand,
	       a_doubled_dollar_is_one_and_a_single_one_stays,
	       a_file_gives_its_content_without_the_last_newline,
	       what_cannot_be_replaced_is_an_error_that_says_why,
	       what_references_gave_is_hidden_the_longest_first)
