/* measure [--beside PID] FILE COMMAND...: runs the command, and appends to FILE one line with its wall-clock
 * seconds, its CPU seconds (with all the children it waited for), the KiB of memory that the largest of
 * them had at its peak, and the CPU seconds that process PID used meanwhile (0 without one). Exits as the
 * command did. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

/* User and system time of all its threads, from /proc/PID/stat. */
static double cpu_seconds_of(const char *pid)
{
	char path[64], text[1024] = "";
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *file = fopen(path, "r");
	if (file == NULL || fgets(text, sizeof(text), file) == NULL) {
		fprintf(stderr, "measure: cannot read %s: %s\n", path, strerror(errno));
		exit(2);
	}
	fclose(file);
	unsigned long user = 0, system = 0;
	const char *behind_name = strrchr(text, ')'); /* which may have blanks in it */
	if (behind_name == NULL ||
	    sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
		fprintf(stderr, "measure: cannot understand %s\n", path);
		exit(2);
	}
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

int main(int argc, char **argv)
{
	const char *beside = NULL;
	if (argc > 3 && strcmp(argv[1], "--beside") == 0) {
		beside = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: measure [--beside PID] FILE COMMAND...\n");
		return 2;
	}
	double beside_before = beside != NULL ? cpu_seconds_of(beside) : 0;
	struct timespec start, end;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "measure: cannot run %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	int status;
	struct rusage used;
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
		fprintf(stderr, "measure: %s\n", strerror(errno));
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	double beside_used = beside != NULL ? cpu_seconds_of(beside) - beside_before : 0;
	FILE *file = fopen(argv[1], "a");
	if (file == NULL) {
		fprintf(stderr, "measure: cannot open %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	fprintf(file, "%.3f %.3f %ld %.2f\n",
		(double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9,
		seconds_of(used.ru_utime) + seconds_of(used.ru_stime), used.ru_maxrss, beside_used);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
