/* Looks at the topics before anything is read: what there is in each partition, and whether positions still mean
 * what they meant. librdkafka 2.0.2 shows no topic ids, so the record that was read last is read again, with a
 * client of its own. */
#ifndef WEIR_CONNECTORS_KAFKA_SURVEY_H
#define WEIR_CONNECTORS_KAFKA_SURVEY_H

#include "connectors/kafka/kafka_client.h"

#define SURVEY_WHY_BYTES 300

struct kafka_survey { /* zeroed is empty */
	struct weir_survey *partitions;
	char (*whys)[SURVEY_WHY_BYTES]; /* one for each */
	uint32_t n_partitions, room;
};

struct survey_topic {
	const char *name;
	int32_t n_partitions;
};

struct survey_question {
	const struct kafka_options *connection;
	struct kafka_client *client; /* reads as the pipeline does */
	const struct survey_topic *topics;
	uint32_t n_topics;
	bool from_latest; /* a first start */
	const struct weir_position *positions;
	uint32_t n_positions;
};

/* Strings of the result are borrowed from the question. */
weir_status kafka_survey_make(struct kafka_survey *survey, const struct survey_question *question);
void kafka_survey_done(struct kafka_survey *survey);

#endif
