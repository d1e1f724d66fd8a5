/* weir status, start, stop, restart, reload: what is asked of `weir serve`. */
#ifndef WEIR_WEIR_COMMAND_CONTROL_H
#define WEIR_WEIR_COMMAND_CONTROL_H

int command_status(int argc, char **argv);
int command_start(int argc, char **argv);
int command_stop(int argc, char **argv);
int command_restart(int argc, char **argv);
int command_reload(int argc, char **argv);

#endif
