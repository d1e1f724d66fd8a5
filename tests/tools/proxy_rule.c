#include "proxy_rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words of one line, taken one by one. */
struct words {
	char line[sizeof(((struct proxy_rule *)0)->text)];
	char *rest;
	const char *next; /* NULL at the end */
};

static void advance(struct words *words)
{
	words->next = strtok_r(NULL, " ", &words->rest);
}

static bool take(struct words *words, const char *word)
{
	if (words->next == NULL || strcmp(words->next, word) != 0)
		return false;
	advance(words);
	return true;
}

static bool take_number(struct words *words, uint64_t *ret_number)
{
	if (words->next == NULL || words->next[0] < '0' || words->next[0] > '9')
		return false;
	char *end;
	*ret_number = strtoull(words->next, &end, 10);
	if (*end != '\0')
		return false;
	advance(words);
	return true;
}

static const char *parse_action(struct words *words, struct proxy_rule *rule)
{
	uint64_t ms;
	if (take(words, "cut")) {
		rule->action = PROXY_CUT;
		rule->on_answer = take(words, "after");
		return rule->on_answer || take(words, "before") ? NULL : "cut what? before or after";
	}
	if (take(words, "hold")) {
		rule->action = PROXY_HOLD;
	} else if (take(words, "drop")) {
		rule->action = PROXY_DROP;
	} else if (take(words, "swap")) {
		rule->action = PROXY_SWAP;
	} else if (take(words, "delay")) {
		rule->action = PROXY_DELAY;
		if (!take_number(words, &ms) || ms > INT32_MAX)
			return "delay by how many milliseconds?";
		rule->delay_ms = (int64_t)ms;
	} else {
		return "not a command";
	}
	rule->on_answer = take(words, "answer");
	return NULL;
}

static const char *parse_which(struct words *words, struct proxy_rule *rule)
{
	rule->nth = 1;
	if (take(words, "each"))
		rule->nth = 0;
	else if (take_number(words, &rule->nth) && rule->nth == 0)
		return "requests are counted from 1";
	if (take(words, "from")) {
		if (words->next == NULL || strlen(words->next) >= sizeof(rule->client_id))
			return "from which client.id?";
		strcpy(rule->client_id, words->next);
		advance(words);
	}
	return words->next == NULL ? NULL : "too many words, or not in their order";
}

static const char *parse(struct words *words, struct proxy_rule *rule)
{
	const char *why = parse_action(words, rule);
	if (why != NULL)
		return why;
	if (words->next == NULL || kafka_api_key(words->next, &rule->api_key) < 0)
		return "which API? a name like EndTxn, or its number";
	advance(words);
	return parse_which(words, rule);
}

int proxy_rule_parse(const char *line, struct proxy_rule *ret_rule, const char **ret_why)
{
	struct words words;
	struct proxy_rule rule = {.action = PROXY_NOTHING};
	*ret_why = "too long";
	if (strlen(line) >= sizeof(words.line))
		return -EINVAL;
	strcpy(words.line, line);
	strcpy(rule.text, line);
	words.next = strtok_r(words.line, " ", &words.rest);
	*ret_why = parse(&words, &rule);
	if (*ret_why != NULL)
		return -EINVAL;
	*ret_rule = rule;
	return 0;
}

bool proxy_rule_is_spent(const struct proxy_rule *rule)
{
	return rule->nth != 0 && rule->n_seen >= rule->nth;
}

bool proxy_rule_hits(struct proxy_rule *rule, const struct kafka_request *request)
{
	if (proxy_rule_is_spent(rule) || rule->api_key != request->api_key ||
	    (rule->client_id[0] != '\0' && strcmp(rule->client_id, request->client_id) != 0))
		return false;
	rule->n_seen++;
	return rule->nth == 0 || rule->n_seen == rule->nth;
}
