/* The main program of a unit test: UNIT_MAIN("folder/file", test_name, ...). Each test has a minute.
 * UNIT_MAIN_WITH(name, set_up, tear_down, ...) runs these two around each test; NULL: none. */
#ifndef WEIR_TESTS_LIB_UNIT_MAIN_H
#define WEIR_TESTS_LIB_UNIT_MAIN_H

#include <check.h>
#include <stdlib.h>

static inline int unit_main(const char *name, SFun set_up, SFun tear_down, const TTest *const *tests, size_t n_tests)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	for (size_t i = 0; i < n_tests; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define UNIT_MAIN_WITH(name, set_up, tear_down, ...)                                                \
	int main(void)                                                                              \
	{                                                                                           \
		const TTest *const tests[] = {__VA_ARGS__};                                         \
		return unit_main(name, set_up, tear_down, tests, sizeof(tests) / sizeof(tests[0])); \
	}

#define UNIT_MAIN(name, ...) UNIT_MAIN_WITH(name, NULL, NULL, __VA_ARGS__)

#endif
