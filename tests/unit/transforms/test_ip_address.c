#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip_address.h"
#include "tests/lib/unit_main.h"

static const char *canonical(const char *text)
{
	static char result[IP_ADDRESS_TEXT_MAX + 1];
	uint8_t bytes[IP_ADDRESS_BYTES_MAX];
	unsigned n = ip_address_parse((const uint8_t *)text, strlen(text), bytes);
	if (n == 0)
		return "invalid";
	*ip_address_format(bytes, n, result) = '\0';
	return result;
}

START_TEST(addresses_are_read_and_written_canonically)
{
	static const char *const table[][2] = {
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"192.168.1.10", "192.168.1.10"},
		{"10.0.200.99", "10.0.200.99"},
		{"::", "::"},
		{"::1", "::1"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:0db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::ffff:c000:201", "192.0.2.1"},
		{"1111:2222:3333:4444:5555:6666:7777:8888", "1111:2222:3333:4444:5555:6666:7777:8888"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_str_eq(canonical(table[i][0]), table[i][1]);
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	static const char *const table[] = {
		"", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", ".1.2.3.4", "1..2.3", "256.1.1.1", "1.1.1.256",
		"01.2.3.4", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "1.2.3.a", "-1.2.3.4", "+1.2.3.4", "1.2.3.0x4",
		"4294967296.1.1.1", "localhost", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1%eth0", "[::1]",
		"::12345", "::g", "1::2::3", "::1.2.3", "1111:2222:3333:4444:5555:6666:7777:88888:9999:0000:1111",
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_msg(strcmp(canonical(table[i]), "invalid") == 0, "'%s' was taken as %s", table[i],
			      canonical(table[i]));
	uint8_t bytes[IP_ADDRESS_BYTES_MAX];
	ck_assert_uint_eq(ip_address_parse((const uint8_t *)"::1\0", 4, bytes), 0);
}
END_TEST

/* Random texts of the characters of addresses: some are valid. */
START_TEST(inet_pton_agrees)
{
	srand(20190915);
	unsigned n_valid = 0;
	for (int round = 0; round < 300000; round++) {
		char text[24];
		size_t len = 0;
		if (round % 2 == 0) {
			for (int i = 0; i < 4; i++)
				len += (size_t)sprintf(text + len, "%s%d", i > 0 ? "." : "", rand() % 300);
			if (rand() % 4 == 0)
				text[(size_t)rand() % len] = "0123456789.:x"[rand() % 13];
		} else {
			for (size_t wanted = (size_t)rand() % 12; len < wanted; len++)
				text[len] = ":::.01af"[rand() % 8];
		}
		text[len] = '\0';
		uint8_t bytes[IP_ADDRESS_BYTES_MAX], expected[IP_ADDRESS_BYTES_MAX];
		bool valid = inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, expected) == 1;
		unsigned n = ip_address_parse((const uint8_t *)text, len, bytes);
		ck_assert_msg((n > 0) == valid, "'%s' was %s", text, valid ? "refused" : "taken");
		if (n == 4 && strchr(text, ':') == NULL)
			ck_assert_mem_eq(bytes, expected, 4);
		if (n == 16)
			ck_assert_mem_eq(bytes, expected, 16);
		n_valid += valid;
	}
	ck_assert_uint_gt(n_valid, 1000);
}
END_TEST

UNIT_MAIN("transforms/ip_address", addresses_are_read_and_written_canonically,
	  what_is_no_address_is_refused, inet_pton_agrees)
