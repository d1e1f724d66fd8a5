/* Builds a folder as a loss of power may have left it, from a record of what was done to it (record.c).
 *
 *   power_loss RECORD                                 prints how many operations there are
 *   power_loss RECORD N VARIANT SEED DIR              builds DIR as of the first N of them
 *
 * What was there when the recording began counts as no operation.
 * What was synced is there. Of the rest, by VARIANT:
 *   dropped    nothing
 *   kept       everything, as when only the process had died
 *   cut        what came before a random moment; the write under way reached the disk up to a sector
 *   holes      names and sizes, and of the data some pages, in no order; the others are zeros
 *   empty      names, but no data: new files are empty
 *   nameless   data, but no names: what was made is not there, what was renamed has its old name
 * A file's own sync does not make its name durable; the sync of its directory does. A sector of 512 bytes is
 * written whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define PAGE 4096

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	fputs("power_loss: ", stderr);
	vfprintf(stderr, fmt, arguments);
	fputc('\n', stderr);
	exit(2);
}

static void *grown(void *memory, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return memory;
	memory = realloc(memory, (n == 0 ? 1 : 2 * n) * size);
	if (memory == NULL)
		die("out of memory");
	return memory;
}

/* ---- files and directories ---- */

struct object {
	uint64_t inode;
	bool is_directory;
	uint8_t *data;
	size_t bytes;
};

struct entry { /* of a directory */
	struct object *directory, *object;
	char *name;
};

static struct object **objects, *root;
static struct entry *entries;
static size_t n_objects, n_entries;

static struct object *object_new(uint64_t inode, bool is_directory)
{
	struct object *object = calloc(1, sizeof(*object));
	objects = grown(objects, n_objects, sizeof(*objects));
	if (object == NULL)
		die("out of memory");
	object->inode = inode;
	object->is_directory = is_directory;
	objects[n_objects++] = object;
	return object;
}

/* The newest: numbers are used again. */
static struct object *object_of(uint64_t inode)
{
	for (size_t i = n_objects; i-- > 0;)
		if (objects[i]->inode == inode)
			return objects[i];
	die("inode %llu was never made", (unsigned long long)inode);
}

static struct entry *entry_find(const struct object *directory, const char *name)
{
	for (size_t i = 0; i < n_entries; i++)
		if (entries[i].directory == directory && strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

/* object NULL: the name goes. */
static void entry_set(struct object *directory, char *name, struct object *object)
{
	struct entry *entry = entry_find(directory, name);
	if (object == NULL) {
		if (entry != NULL)
			*entry = entries[--n_entries];
		return;
	}
	if (entry == NULL) {
		entries = grown(entries, n_entries, sizeof(*entries));
		entry = &entries[n_entries++];
	}
	*entry = (struct entry){directory, object, name};
}

/* ---- operations ---- */

struct operation {
	enum { WRITE, CUT, NAME, SYNC } kind;
	struct object *object;		  /* whose data; with SYNC whose anything; with NAME who gets the name, NULL: nobody */
	struct object *directory, *former; /* NAME: where; and the directory it leaves at the same time, or NULL */
	char *name, *former_name;
	off_t offset;
	size_t bytes;
	const uint8_t *data;
	bool survives;
};

static struct operation *operations;
static size_t n_operations, n_found;

static struct operation *operation_new(int kind, struct object *object)
{
	operations = grown(operations, n_operations, sizeof(*operations));
	struct operation *operation = &operations[n_operations++];
	*operation = (struct operation){.kind = kind, .object = object};
	return operation;
}

/* The directory a path leads to, and the last name in it, which is cut off (and stays in `path`). */
static struct object *directory_of(char *path, char **ret_name)
{
	struct object *directory = root;
	for (char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		*slash = '\0';
		if (slash == path) /* RocksDB writes "store//LOG" now and then */
			continue;
		struct entry *entry = entry_find(directory, path);
		if (entry == NULL)
			die("'%s' was never made", path);
		directory = entry->object;
	}
	*ret_name = path;
	return directory;
}

static void make(uint64_t inode, char *path, bool is_directory)
{
	struct object *object = object_new(inode, is_directory);
	if (root == NULL) {
		root = object;
		return;
	}
	struct operation *operation = operation_new(NAME, object);
	operation->directory = directory_of(path, &operation->name);
	entry_set(operation->directory, operation->name, object);
}

static void give_name(char *from, char *to, bool moves)
{
	struct operation *operation = operation_new(NAME, NULL);
	char *name;
	struct object *directory = directory_of(from, &name);
	struct entry *entry = entry_find(directory, name);
	if (entry == NULL)
		die("'%s' was never made", name);
	operation->object = entry->object;
	if (moves) {
		operation->former = directory;
		operation->former_name = name;
		entry_set(directory, name, NULL);
	}
	operation->directory = directory_of(to, &operation->name);
	entry_set(operation->directory, operation->name, operation->object);
}

static void take_name(char *path)
{
	struct operation *operation = operation_new(NAME, NULL);
	operation->directory = directory_of(path, &operation->name);
	entry_set(operation->directory, operation->name, NULL);
}

static bool is_after(const struct operation *sync, const struct operation *operation)
{
	return operation->kind == NAME ? operation->directory == sync->object || operation->former == sync->object
				       : operation->object == sync->object;
}

static void sync_object(struct object *object)
{
	struct operation *sync = operation_new(SYNC, object);
	for (struct operation *operation = operations; operation < sync; operation++)
		if (is_after(sync, operation))
			operation->survives = true;
}

/* ---- the record ---- */

static char *line_at(uint8_t **at, const uint8_t *end, char *fields[4])
{
	uint8_t *newline = memchr(*at, '\n', (size_t)(end - *at));
	if (newline == NULL)
		return NULL;
	*newline = '\0';
	char *line = (char *)*at, *rest = line, *end_of_line = (char *)newline;
	for (int i = 0; i < 4; i++)
		fields[i] = rest == NULL ? end_of_line : strsep(&rest, "\t");
	*at = newline + 1;
	return line;
}

static void take_line(char *fields[4], uint8_t **at, const uint8_t *end)
{
	const char *what = fields[0];
	uint64_t number = strtoull(fields[1], NULL, 10);
	if (strcmp(what, "make") == 0 || strcmp(what, "mkdir") == 0)
		make(number, fields[2], *what == 'm' && what[1] == 'k');
	else if (strcmp(what, "write") == 0) {
		struct operation *write_of = operation_new(WRITE, object_of(number));
		write_of->offset = atoll(fields[2]);
		write_of->bytes = strtoull(fields[3], NULL, 10);
		write_of->data = *at;
		if ((size_t)(end - *at) <= write_of->bytes)
			die("the record ends within a write");
		*at += write_of->bytes + 1;
	} else if (strcmp(what, "cut") == 0)
		operation_new(CUT, object_of(number))->bytes = strtoull(fields[2], NULL, 10);
	else if (strcmp(what, "sync") == 0)
		sync_object(object_of(number));
	else if (strcmp(what, "rename") == 0 || strcmp(what, "link") == 0)
		give_name(fields[1], fields[2], *what == 'r');
	else if (strcmp(what, "unlink") == 0)
		take_name(fields[1]);
	else if (strcmp(what, "begin") == 0)
		n_found = n_operations;
	else
		die("'%s' is no operation", what);
}

/* What was found and the first `n` operations; the memory of the record stays. */
static void read_record(const char *path, size_t n)
{
	struct stat status;
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &status) < 0)
		die("cannot open '%s': %s", path, strerror(errno));
	uint8_t *data = malloc((size_t)status.st_size + 1), *at = data;
	if (data == NULL)
		die("out of memory");
	for (off_t got = 0; got < status.st_size;) {
		ssize_t bytes = read(fd, data + got, (size_t)(status.st_size - got));
		if (bytes <= 0)
			die("cannot read '%s': %s", path, strerror(errno));
		got += bytes;
	}
	close(fd);
	for (char *fields[4]; (n_found == 0 || n_operations - n_found < n) && line_at(&at, data + status.st_size, fields) != NULL;)
		take_line(fields, &at, data + status.st_size);
}

/* ---- what survives ---- */

static uint64_t seed;

static uint64_t random_below(uint64_t limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return limit == 0 ? 0 : (seed >> 33) % limit;
}

static void object_resize(struct object *object, size_t bytes)
{
	if (bytes <= object->bytes) {
		object->bytes = bytes;
		return;
	}
	object->data = realloc(object->data, bytes);
	if (object->data == NULL)
		die("out of memory");
	memset(object->data + object->bytes, 0, bytes - object->bytes);
	object->bytes = bytes;
}

static void apply_write(const struct operation *operation, size_t bytes, bool has_holes)
{
	size_t end = (size_t)operation->offset + bytes;
	if (end > operation->object->bytes)
		object_resize(operation->object, end);
	for (size_t at = (size_t)operation->offset, n; at < end; at += n) {
		n = PAGE - at % PAGE < end - at ? PAGE - at % PAGE : end - at;
		if (!has_holes || random_below(2) == 0)
			memcpy(operation->object->data + at, operation->data + (at - (size_t)operation->offset), n);
	}
}

static void apply(const struct operation *operation)
{
	if (operation->kind == WRITE)
		apply_write(operation, operation->bytes, false);
	else if (operation->kind == CUT)
		object_resize(operation->object, operation->bytes);
	else if (operation->kind == NAME) {
		if (operation->former != NULL)
			entry_set(operation->former, operation->former_name, NULL);
		entry_set(operation->directory, operation->name, operation->object);
	}
}

static void lose_power(const char *variant)
{
	bool keeps_all = strcmp(variant, "kept") == 0, cuts = strcmp(variant, "cut") == 0, holes = strcmp(variant, "holes") == 0;
	bool keeps_names = holes || strcmp(variant, "empty") == 0, keeps_data = strcmp(variant, "nameless") == 0;
	if (!keeps_all && !cuts && !keeps_names && !keeps_data && strcmp(variant, "dropped") != 0)
		die("there is no variant '%s'", variant);
	size_t first = 0;
	while (first < n_operations && (operations[first].survives || operations[first].kind == SYNC))
		first++;
	size_t moment = cuts ? first + random_below(n_operations - first) : 0;
	n_entries = 0;
	for (size_t i = 0; i < n_operations; i++) {
		const struct operation *operation = &operations[i];
		if (operation->survives || keeps_all || i < moment || (operation->kind == NAME ? keeps_names : keeps_data))
			apply(operation);
		else if (operation->kind == WRITE && cuts && i == moment) {
			size_t end = (size_t)operation->offset + random_below(operation->bytes);
			end -= end % SECTOR;
			if (end > (size_t)operation->offset)
				apply_write(operation, end - (size_t)operation->offset, false);
		} else if (operation->kind == WRITE && holes)
			apply_write(operation, operation->bytes, true);
	}
}

/* ---- the folder ---- */

static void build_file(const struct object *object, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, object->data, object->bytes) != (ssize_t)object->bytes || close(fd) < 0)
		die("cannot write '%s': %s", path, strerror(errno));
}

static void build(const struct object *directory, const char *path)
{
	if (mkdir(path, 0700) < 0)
		die("cannot make '%s': %s", path, strerror(errno));
	for (size_t i = 0; i < n_entries; i++) {
		if (entries[i].directory != directory)
			continue;
		char below[4096];
		snprintf(below, sizeof(below), "%s/%s", path, entries[i].name);
		if (entries[i].object->is_directory)
			build(entries[i].object, below);
		else
			build_file(entries[i].object, below);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 6)
		die("usage: power_loss RECORD [N VARIANT SEED DIR]");
	read_record(argv[1], argc == 2 ? SIZE_MAX : strtoull(argv[2], NULL, 10));
	if (argc == 2) {
		printf("%zu\n", n_operations - n_found);
		return 0;
	}
	seed = strtoull(argv[4], NULL, 10);
	lose_power(argv[3]);
	build(root, argv[5]);
	return 0;
}
