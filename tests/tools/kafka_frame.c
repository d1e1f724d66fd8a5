#include "kafka_frame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LENGTH_FIELD 4

static const struct {
	int16_t key;
	const char *name;
} apis[] = {
	{0, "Produce"},
	{1, "Fetch"},
	{2, "ListOffsets"},
	{3, "Metadata"},
	{8, "OffsetCommit"},
	{9, "OffsetFetch"},
	{10, "FindCoordinator"},
	{18, "ApiVersions"},
	{19, "CreateTopics"},
	{22, "InitProducerId"},
	{24, "AddPartitionsToTxn"},
	{25, "AddOffsetsToTxn"},
	{26, "EndTxn"},
	{28, "TxnOffsetCommit"},
};

#define N_APIS (sizeof(apis) / sizeof(apis[0]))

static uint32_t read_u32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static int16_t read_i16(const uint8_t *data)
{
	return (int16_t)(data[0] << 8 | data[1]);
}

int kafka_frame_size(const uint8_t *data, size_t n, size_t *ret_size)
{
	*ret_size = 0;
	if (n < LENGTH_FIELD)
		return 0;
	uint32_t length = read_u32(data);
	if (length < 4 || length > KAFKA_FRAME_MOST) /* a correlation id at least */
		return -EPROTO;
	*ret_size = LENGTH_FIELD + (size_t)length;
	return 0;
}

int kafka_request_parse(const uint8_t *frame, size_t n, struct kafka_request *ret_request)
{
	const size_t fixed = LENGTH_FIELD + 10;
	if (n < fixed)
		return -EPROTO;
	struct kafka_request request = {
		.api_key = read_i16(frame + 4),
		.api_version = read_i16(frame + 6),
		.correlation_id = (int32_t)read_u32(frame + 8),
	};
	int16_t length = read_i16(frame + 12); /* -1 = null */
	if (length < -1 || (length > 0 && (size_t)length > n - fixed))
		return -EPROTO;
	if (length > 0) {
		size_t kept = (size_t)length < sizeof(request.client_id) ? (size_t)length : sizeof(request.client_id) - 1;
		memcpy(request.client_id, frame + fixed, kept);
	}
	*ret_request = request;
	return 0;
}

int kafka_answer_parse(const uint8_t *frame, size_t n, int32_t *ret_correlation_id)
{
	if (n < LENGTH_FIELD + 4)
		return -EPROTO;
	*ret_correlation_id = (int32_t)read_u32(frame + LENGTH_FIELD);
	return 0;
}

int kafka_end_txn_error(const uint8_t *frame, size_t n, int16_t api_version, int16_t *ret_error)
{
	const size_t at = LENGTH_FIELD + 4 + 4; /* behind correlation id and throttle time */
	if (api_version < 0 || api_version > 2 || n < at + 2)
		return -EPROTO;
	*ret_error = read_i16(frame + at);
	return 0;
}

const char *kafka_api_name(int16_t api_key)
{
	static char unnamed[16];
	for (size_t i = 0; i < N_APIS; i++)
		if (apis[i].key == api_key)
			return apis[i].name;
	snprintf(unnamed, sizeof(unnamed), "api %d", api_key);
	return unnamed;
}

int kafka_api_key(const char *text, int16_t *ret_api_key)
{
	for (size_t i = 0; i < N_APIS; i++)
		if (strcasecmp(apis[i].name, text) == 0) {
			*ret_api_key = apis[i].key;
			return 0;
		}
	char *end;
	long key = strtol(text, &end, 10);
	if (end == text || *end != '\0' || key < 0 || key > INT16_MAX)
		return -EINVAL;
	*ret_api_key = (int16_t)key;
	return 0;
}
