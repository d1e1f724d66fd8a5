#ifndef WEIR_WEIR_COMMAND_CHECKPOINTS_H
#define WEIR_WEIR_COMMAND_CHECKPOINTS_H

/* `weir checkpoints`: looks at the checkpoints of a stopped pipeline, and takes the operator's decision.
 * argv[0] is "checkpoints". Returns the exit status. */
int command_checkpoints(int argc, char **argv);

#endif
