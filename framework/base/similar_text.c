#include "base/similar_text.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 63

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static char folded(char c)
{
	return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

/* Insertions, deletions, changes and swaps of neighbours that make one word of the other. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned distance[LONGEST + 1][LONGEST + 1];
	for (unsigned i = 0; i <= a_len; i++)
		distance[i][0] = i;
	for (unsigned j = 0; j <= b_len; j++)
		distance[0][j] = j;
	for (unsigned i = 1; i <= a_len; i++)
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned change = folded(a[i - 1]) != folded(b[j - 1]);
			distance[i][j] = least(distance[i - 1][j - 1] + change,
					       1 + least(distance[i - 1][j], distance[i][j - 1]));
			if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
			    folded(a[i - 2]) == folded(b[j - 1]))
				distance[i][j] = least(distance[i][j], distance[i - 2][j - 2] + 1);
		}
	return distance[a_len][b_len];
}

void similar_text_consider(struct similar_text *similar, const char *candidate)
{
	size_t len = strlen(similar->text), candidate_len = strlen(candidate);
	if (len == 0 || len > LONGEST || candidate_len > LONGEST)
		return;
	unsigned distance = edit_distance(similar->text, len, candidate, candidate_len);
	if (distance > (len + 2) / 3 || distance >= candidate_len)
		return;
	if (similar->best == NULL || distance < similar->distance) {
		similar->best = candidate;
		similar->distance = distance;
	}
}
