#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configuration/configuration_text.h"
#include "tests/lib/unit_main.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static struct obstack memory;
static struct findings findings;
static struct configuration_text text;
static char directory[] = "/tmp/weir_test_XXXXXX";

static void set_up(void)
{
	obstack_init(&memory);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static void tear_down(void)
{
	findings_done(&findings);
	obstack_free(&memory, NULL);
	ck_assert_int_eq(chdir("/"), 0);
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static void put(const char *file, const char *content)
{
	FILE *out = fopen(file, "w");
	ck_assert_ptr_nonnull(out);
	fputs(content, out);
	fclose(out);
}

static bool read_text(const char *file)
{
	return configuration_text_read(file, &memory, &findings, &text);
}

static void expect_origin(unsigned line, const char *file, unsigned file_line)
{
	struct line_origin origin = configuration_text_origin(&text, line);
	ck_assert_str_eq(origin.file, file);
	ck_assert_uint_eq(origin.line, file_line);
}

static void expect_refusal(const char *content, unsigned line, const char *finding)
{
	put("bad", content);
	ck_assert(!read_text("bad"));
	ck_assert_uint_eq(findings.n, 1);
	ck_assert_msg(strstr(findings.list[0].text, finding) != NULL, "expected '%s' in: %s", finding,
		      findings.list[0].text);
	ck_assert_uint_eq(findings.list[0].line, line);
	findings_done(&findings);
}

START_TEST(a_file_without_includes_is_read_as_it_is)
{
	static const char content[] = "a = 1; # @include \"x\"\n/* @include \"y\"\n*/ b = \"@include \\\" \n\"; c = -2147483648;";
	put("main", content);
	ck_assert(read_text("main"));
	ck_assert_str_eq(text.text, content);
	ck_assert_uint_eq(text.n_lines, 4);
	expect_origin(4, "main", 4);
	put("empty", "");
	ck_assert(read_text("empty"));
	ck_assert_str_eq(text.text, "");
	expect_origin(1, "empty", 1);
}
END_TEST

START_TEST(includes_take_the_place_of_their_line_and_lines_know_where_they_are_from)
{
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	put("main", "a = 1;\n  @include \"sub/one\" # behind\nd = 4;\n@include \"empty\"\ne = 5;\n");
	put("sub/one", "@include \"two\"\nb = 2;");
	put("sub/two", "c = 3;\n");
	put("empty", "");
	ck_assert(read_text("main"));
	ck_assert_str_eq(text.text, "a = 1;\nc = 3;\n\nb = 2;\n # behind\nd = 4;\n\ne = 5;\n");
	expect_origin(1, "main", 1);
	expect_origin(2, "sub/two", 1);
	expect_origin(4, "sub/one", 2);
	expect_origin(5, "main", 2);
	expect_origin(6, "main", 3);
	expect_origin(8, "main", 5);
}
END_TEST

START_TEST(integers_of_more_than_32_bits_get_their_l)
{
	put("main", "a = 2147483648; b = 5L; c = 0xffffffff; d = -2147483649; e = 1e30; f = 3000000000.5; g2147483648 = 1;");
	ck_assert(read_text("main"));
	ck_assert_str_eq(text.text, "a = 2147483648L; b = 5L; c = 0xffffffffL; d = -2147483649L; e = 1e30; "
				    "f = 3000000000.5; g2147483648 = 1;");
}
END_TEST

START_TEST(an_integer_of_more_than_64_bits_is_a_finding)
{
	put("main", "\na = 9223372036854775808;");
	ck_assert(read_text("main"));
	ck_assert_uint_eq(findings.n_errors, 1);
	ck_assert_str_eq(findings.list[0].text, "the number 9223372036854775808 is too large");
	ck_assert_uint_eq(findings.list[0].line, 2);
}
END_TEST

START_TEST(what_is_not_closed_is_reported_where_it_begins)
{
	expect_refusal("a = 1;\nb = \"x\n\n", 2, "text that begins here is never closed");
	expect_refusal("a = 1;\n\n/* x\n\n", 3, "comment that begins here is never closed");
	expect_refusal("a = 1;\n@include \"x\n\"", 2, "name of the included file is never closed");
	expect_refusal("\"\\", 1, "never closed");
}
END_TEST

START_TEST(what_cannot_be_read_is_reported_where_it_is_included)
{
	expect_refusal("\n@include \"nowhere\"", 2, "cannot read 'nowhere': No such file");
	expect_refusal("\n@include \"/tmp\"", 2, "cannot read '/tmp': it is a directory");
	expect_refusal("\n@include \"/dev/zero\"", 2, "more than");
	expect_refusal("a = 1;\n@include \"bad\"\n", 2, "include itself?");
	put("zero", "");
	ck_assert_int_eq(truncate("zero", 10), 0);
	expect_refusal("@include \"zero\"", 1, "NUL byte");
	ck_assert(!read_text("nowhere"));
	ck_assert_str_eq(findings.list[0].file, "nowhere");
	ck_assert_uint_eq(findings.list[0].line, 0);
}
END_TEST

UNIT_MAIN_WITH("configuration/configuration_text", set_up, tear_down,
	       a_file_without_includes_is_read_as_it_is,
	       includes_take_the_place_of_their_line_and_lines_know_where_they_are_from,
	       integers_of_more_than_32_bits_get_their_l,
	       an_integer_of_more_than_64_bits_is_a_finding,
	       what_is_not_closed_is_reported_where_it_begins,
	       what_cannot_be_read_is_reported_where_it_is_included)
