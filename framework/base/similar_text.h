/* "Did you mean": the most similar of several words, where one is near enough to have been meant. */
#ifndef WEIR_BASE_SIMILAR_TEXT_H
#define WEIR_BASE_SIMILAR_TEXT_H

struct similar_text {
	const char *text;
	const char *best; /* borrowed candidate; NULL: none near enough */
	unsigned distance;
};

#define SIMILAR_TEXT_INIT(wanted) {(wanted), NULL, 0}

void similar_text_consider(struct similar_text *similar, const char *candidate);

#endif
