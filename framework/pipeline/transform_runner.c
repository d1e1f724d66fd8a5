#include "pipeline/transform_runner.h"

weir_status sink_queue_put(struct batch_queue *sink, struct batch *take_batch)
{
	if (batch_queue_put(sink, take_batch, batch_measure(take_batch)))
		return WEIR_OK;
	batch_unref(take_batch);
	return WEIR_END;
}

weir_status deliver_to_sink(void *sink, struct batch *take_batch)
{
	return sink_queue_put(sink, take_batch);
}

weir_status transform_chain_dead_letters(struct transform_chain *chain, struct plugin_instance *instance)
{
	struct weir_out *letters = &instance->ctx.dead_letters;
	if (letters->first == NULL)
		return WEIR_OK;
	weir_status s = WEIR_OK;
	for (struct batch *batch; s == WEIR_OK && (batch = weir_out_take(letters)) != NULL;)
		s = sink_queue_put(chain->sink, batch);
	weir_out_done(letters);
	return s;
}

static weir_status process(struct plugin_instance *transform, const struct weir_batch *view, struct weir_out *out)
{
	out->partition = view->records[0].partition;
	plugin_enter(transform, "process");
	return plugin_leave(transform, transform->plugin->transform->process(transform->self, view, out));
}

/* Number of records from `first` on that come from the same partition. */
static uint32_t run_length(const struct batch *batch, uint32_t first)
{
	uint32_t end = batch->has_one_partition ? batch->view.n_records : first + 1;
	while (end < batch->view.n_records &&
	       batch->records[end].partition == batch->records[first].partition)
		end++;
	return end - first;
}

/* A transform sees records of one partition at a time: what it makes is born with that partition, so
 * that watermarks stay per partition behind it. */
static weir_status push_from(struct transform_chain *chain, uint32_t at, struct batch *take_batch)
{
	if (at == chain->n_transforms)
		return chain->deliver(chain->target, take_batch);
	struct plugin_instance *transform = &chain->transforms[at];
	struct weir_out out = {.parent = take_batch};
	weir_status s = WEIR_OK;
	for (uint32_t first = 0, n; s == WEIR_OK && first < take_batch->view.n_records; first += n) {
		n = run_length(take_batch, first);
		struct weir_batch view = take_batch->view;
		view.records += first;
		view.n_records = n;
		s = process(transform, &view, &out);
	}
	batch_unref(take_batch); /* its records have served: the next batch finds their memory warm */
	if (s == WEIR_OK)
		s = transform_chain_dead_letters(chain, transform);
	for (struct batch *made; s == WEIR_OK && (made = weir_out_take(&out)) != NULL;)
		s = push_from(chain, at + 1, made);
	weir_out_done(&out);
	return s;
}

weir_status transform_chain_push(struct transform_chain *chain, struct batch *take_batch)
{
	return push_from(chain, 0, take_batch);
}
