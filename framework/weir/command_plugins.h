/* `weir plugins list` and `weir plugins describe`. */
#ifndef WEIR_WEIR_COMMAND_PLUGINS_H
#define WEIR_WEIR_COMMAND_PLUGINS_H

/* argv[0] is "plugins". Returns the exit status: 0, or 2. */
int command_plugins(int argc, char **argv);

#endif
