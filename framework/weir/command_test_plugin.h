/* weir test-plugin: what any plugin must hold, tried on one. */
#ifndef WEIR_WEIR_COMMAND_TEST_PLUGIN_H
#define WEIR_WEIR_COMMAND_TEST_PLUGIN_H

/* argv as main() got it, but for the program's name, which stands before it. */
int command_test_plugin(int argc, char **argv);

#endif
