/* weir serve: the daemon. */
#ifndef WEIR_WEIR_COMMAND_SERVE_H
#define WEIR_WEIR_COMMAND_SERVE_H

int command_serve(int argc, char **argv);

#endif
