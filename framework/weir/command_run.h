#ifndef WEIR_COMMAND_RUN_H
#define WEIR_COMMAND_RUN_H

/* `weir run`; argv[0] is "run". Returns the exit status. */
int command_run(int argc, char **argv);

#endif
