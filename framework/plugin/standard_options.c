#include "plugin/standard_options.h"

#define FIELD(field, type) WEIR_FIELD(struct standard_options, field, type)

enum { N_FOR_ALL = 2, N_FOR_TRANSFORMS = 3, N_FOR_WINDOWED = 10 };

/* In the order of their kinds: each kind has a beginning of the table. */
static const struct weir_option options[N_FOR_WINDOWED] = {
	{"plugin", WEIR_STRING, WEIR_REQUIRED, FIELD(plugin, const char *), NULL, NULL,
	 "which plugin this is; `weir plugins list` names the installed ones"},
	{"name", WEIR_STRING, 0, FIELD(name, const char *), NULL, NULL, "a name of your own for it"},

	{"on_error", WEIR_STRING, 0, FIELD(on_error, const char *), "fail", "fail|skip|dead_letter",
	 "what a record that cannot be processed does: stop the pipeline, be counted and left out, or go to "
	 "the sink's dead letters with the reason"},

	{"window", WEIR_DURATION, WEIR_REQUIRED, FIELD(window, int64_t), NULL, "1 ms..36500d",
	 "length of the tumbling event-time windows, aligned to 1970-01-01 UTC"},
	{"allowed_lateness", WEIR_DURATION, 0, FIELD(allowed_lateness, int64_t), "0", "0..36500d",
	 "how long after its end a window still takes records and corrects its result"},
	{"watermark", WEIR_STRING, 0, FIELD(watermark, const char *), "ascending",
	 "ascending|bounded_out_of_orderness",
	 "how event time is known to have passed: the greatest time seen in a partition, or that minus "
	 "max_out_of_orderness"},
	{"max_out_of_orderness", WEIR_DURATION, 0, FIELD(max_out_of_orderness, int64_t), "0", "0..36500d",
	 "how far records of a partition may be out of order; with watermark = \"bounded_out_of_orderness\""},
	{"idle_timeout", WEIR_DURATION, 0, FIELD(idle_timeout, int64_t), "30s", "1 ms..36500d",
	 "after this time without a record a partition that was read to its end no longer holds the others back"},
	{"emit", WEIR_STRING, 0, FIELD(emit, const char *), "updates", "updates|final",
	 "a result at the window's end and again after each late change, or only once when nothing can "
	 "change it any more"},
	{"late_records", WEIR_STRING, 0, FIELD(late_records, const char *), "count", "count|dead_letter",
	 "records that come after the allowed lateness: only counted, or counted and sent to the sink's dead letters"},
};

struct option_table standard_options(enum plugin_kind kind)
{
	static const uint32_t n_of_kind[] = {
		[PLUGIN_SOURCE] = N_FOR_ALL,
		[PLUGIN_TRANSFORM] = N_FOR_TRANSFORMS,
		[PLUGIN_WINDOWED] = N_FOR_WINDOWED,
		[PLUGIN_SINK] = N_FOR_ALL,
	};
	return (struct option_table){options, n_of_kind[kind], sizeof(options[0])};
}
