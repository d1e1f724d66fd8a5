#include "supervisor/supervision.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct supervision *supervision_new(void)
{
	void *memory = mmap(NULL, sizeof(struct supervision), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void supervision_free(struct supervision *supervision)
{
	if (supervision != NULL)
		munmap(supervision, sizeof(*supervision));
}

void supervision_describe(struct supervision *supervision, const struct pipeline_description *description)
{
	snprintf(supervision->name, sizeof(supervision->name), "%s", description->name);
	supervision->fingerprint = description->fingerprint;
	supervision->attempts = description->restart.attempts;
	supervision->restart_delay_ms = description->restart.delay_ms;
	supervision->stop_timeout_ms = description->stop_timeout_ms;
	supervision->stalled_after_ms = description->stalled_after_ms;
}

/* What finds no room is left out, line by line. */
void supervision_set_findings(struct supervision *supervision, const struct findings *findings)
{
	size_t room = sizeof(supervision->findings), len = 0;
	for (uint32_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->list[i];
		char line[16] = "";
		if (finding->line != 0)
			snprintf(line, sizeof(line), ":%u", finding->line);
		int n = snprintf(supervision->findings + len, room - len, "%s%s: %s: %s\n", finding->file, line,
				 finding->is_warning ? "warning" : "error", finding->text);
		if ((size_t)n >= room - len) {
			supervision->findings[len] = '\0';
			break;
		}
		len += (size_t)n;
	}
	supervision->n_errors = findings->n_errors;
}
