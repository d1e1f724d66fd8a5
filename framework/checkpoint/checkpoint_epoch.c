#include "checkpoint/checkpoint_epoch.h"

void epoch_init(struct epoch *epoch, uint64_t first, int64_t interval_ms, int64_t timeout_ms, int64_t now_ms)
{
	*epoch = (struct epoch){
		.interval_ms = interval_ms,
		.timeout_ms = timeout_ms,
		.next = first,
		.due_ms = now_ms + interval_ms,
	};
}

static enum epoch_action begin(struct epoch *epoch, int64_t now_ms)
{
	epoch->under_way = epoch->next++;
	epoch->is_under_way = true;
	epoch->is_final = epoch->wants_final;
	epoch->due_ms = now_ms + epoch->interval_ms;
	epoch->deadline_ms = now_ms + epoch->timeout_ms;
	return epoch->is_final ? EPOCH_INJECT_FINAL : EPOCH_INJECT;
}

static enum epoch_action begin_if_due(struct epoch *epoch, int64_t now_ms)
{
	return epoch->wants_final || now_ms >= epoch->due_ms ? begin(epoch, now_ms) : EPOCH_NOTHING;
}

static enum epoch_action complete(struct epoch *epoch, int64_t now_ms)
{
	epoch->is_under_way = false;
	if (epoch->is_final) {
		epoch->is_over = true;
		return EPOCH_FINISHED;
	}
	return begin_if_due(epoch, now_ms);
}

enum epoch_action epoch_handle(struct epoch *epoch, enum epoch_event event, int64_t now_ms)
{
	if (epoch->is_over)
		return EPOCH_NOTHING;
	if (event == EPOCH_STOP || event == EPOCH_INPUT_ENDED)
		epoch->wants_final = true;
	if (!epoch->is_under_way)
		return event == EPOCH_COMPLETED ? EPOCH_NOTHING : begin_if_due(epoch, now_ms);
	if (event == EPOCH_COMPLETED)
		return complete(epoch, now_ms);
	return now_ms >= epoch->deadline_ms ? EPOCH_TIMED_OUT : EPOCH_NOTHING;
}

int64_t epoch_sleep_ms(const struct epoch *epoch, int64_t now_ms)
{
	int64_t until = epoch->is_under_way ? epoch->deadline_ms : epoch->due_ms;
	return until > now_ms ? until - now_ms : 0;
}
