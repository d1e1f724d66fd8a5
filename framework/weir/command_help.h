/* weir help: what the tables of settings and metrics say. */
#ifndef WEIR_WEIR_COMMAND_HELP_H
#define WEIR_WEIR_COMMAND_HELP_H

int command_help(int argc, char **argv);

#endif
