/* The folder whose files the daemon runs: which there are, and what a change of them leads to. */
#ifndef WEIR_SUPERVISOR_PIPELINE_DIRECTORY_H
#define WEIR_SUPERVISOR_PIPELINE_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Paths of its *.conf files (none hidden), sorted; malloced. -EPERM: others may write to the folder. */
int pipeline_directory_list(const char *directory, char ***ret_files, size_t *ret_n_files, struct error *error);
void pipeline_directory_free(char **files, size_t n_files);

/* Whoever may write to a configuration runs programs as weir's user: 0 where that is root and we ourselves. */
int pipeline_file_check(const char *file, struct error *error);

enum change {
	CHANGE_NONE,
	CHANGE_START,	/* a new pipeline */
	CHANGE_REPLACE,	/* another version of a known one */
	CHANGE_REMOVE,	/* a known one that no file describes any more */
	CHANGE_REFUSE	/* a file that does not come into force: what ran goes on */
};

/* A pipeline that the daemon knows. Texts are borrowed. */
struct known_pipeline {
	const char *name, *file;
	uint64_t fingerprint;
	enum change change; /* filled: NONE, REPLACE or REMOVE */
};

/* A file as it was read now. */
struct file_version {
	const char *file;
	const char *name; /* NULL: it has mistakes */
	uint64_t fingerprint;
	enum change change;	/* filled: NONE, START, REPLACE or REFUSE */
	size_t known;		/* with NONE and REPLACE: index of the pipeline */
	const char *same_name;	/* with REFUSE: the file that has the name first; NULL = it has mistakes */
};

/* Pure. Where two files give one name, the file that the pipeline came from keeps it, else the first. */
void pipeline_directory_compare(struct known_pipeline *known, size_t n_known, struct file_version *files, size_t n_files);

#endif
