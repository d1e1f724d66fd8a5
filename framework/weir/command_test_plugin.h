/* weir test-plugin: what any plugin must hold, tried on one. */
#ifndef WEIR_WEIR_COMMAND_TEST_PLUGIN_H
#define WEIR_WEIR_COMMAND_TEST_PLUGIN_H

int command_test_plugin(int argc, char **argv);

#endif
