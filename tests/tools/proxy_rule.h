/* What the proxy shall do with certain requests, as a line of text:
 *
 *   hold [answer] API [WHICH]      kept back until the command `release`
 *   delay MS [answer] API [WHICH]
 *   drop [answer] API [WHICH]
 *   swap [answer] API [WHICH]      sent behind the next one on the same connection
 *   cut before API [WHICH]         the connection is closed instead of sending the request on
 *   cut after API [WHICH]          ... when the broker has answered it
 *
 * API: a name of kafka_frame.c, or a number. WHICH: `N` the nth from now on (default 1), or `each`; and
 * `from ID`, of this client.id only. Knows no connections; no I/O. */
#ifndef TESTS_TOOLS_PROXY_RULE_H
#define TESTS_TOOLS_PROXY_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "kafka_frame.h"

enum proxy_action { PROXY_NOTHING, PROXY_HOLD, PROXY_DELAY, PROXY_DROP, PROXY_SWAP, PROXY_CUT };

struct proxy_rule {
	enum proxy_action action;
	bool on_answer; /* PROXY_CUT: after, not before */
	int64_t delay_ms;
	int16_t api_key;
	uint64_t nth; /* 0 = each */
	char client_id[64]; /* "" = any */
	uint64_t n_seen;
	char text[128];
};

/* -EINVAL with the reason in *ret_why. */
int proxy_rule_parse(const char *line, struct proxy_rule *ret_rule, const char **ret_why);

/* Counts the request where it is of this rule's kind. True: the rule is for it. */
bool proxy_rule_hits(struct proxy_rule *rule, const struct kafka_request *request);

/* It will not hit any more. */
bool proxy_rule_is_spent(const struct proxy_rule *rule);

#endif
