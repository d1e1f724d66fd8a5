/* `weir validate`: everything that is wrong with configuration files, at once. */
#ifndef WEIR_WEIR_COMMAND_VALIDATE_H
#define WEIR_WEIR_COMMAND_VALIDATE_H

/* argv[0] is "validate". Returns the exit status: 0, or 2 when a file is wrong. */
int command_validate(int argc, char **argv);

#endif
