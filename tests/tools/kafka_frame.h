/* What the proxy has to know of Kafka's wire format: where a frame ends, whose request it is, and which
 * request an answer belongs to. Takes any bytes; no I/O. */
#ifndef TESTS_TOOLS_KAFKA_FRAME_H
#define TESTS_TOOLS_KAFKA_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define KAFKA_FRAME_MOST (256u << 20) /* bytes; what claims to be longer is no Kafka frame */

struct kafka_request {
	int16_t api_key, api_version;
	int32_t correlation_id;
	char client_id[64]; /* cut where it is longer; "" = none */
};

/* Ret_size: the frame at the beginning of data, with its length field of four bytes; 0 = there are not yet
 * enough bytes to tell. -EPROTO: it is no frame. */
int kafka_frame_size(const uint8_t *data, size_t n, size_t *ret_size);

/* The header of a request; `frame` begins with the length field. -EPROTO: too short, or not well-formed. */
int kafka_request_parse(const uint8_t *frame, size_t n, struct kafka_request *ret_request);

/* -EPROTO: too short. */
int kafka_answer_parse(const uint8_t *frame, size_t n, int32_t *ret_correlation_id);

/* The error code of an answer to EndTxn; -EPROTO: too short, or of a version that is not known here. */
int kafka_end_txn_error(const uint8_t *frame, size_t n, int16_t api_version, int16_t *ret_error);

/* "Produce"; "api 77" for one without a name here. */
const char *kafka_api_name(int16_t api_key);

/* From a name or a number; -EINVAL. */
int kafka_api_key(const char *text, int16_t *ret_api_key);

#endif
