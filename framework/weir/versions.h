/* weir --version: what was built with what, and what else is there at run time. */
#ifndef WEIR_WEIR_VERSIONS_H
#define WEIR_WEIR_VERSIONS_H

void versions_print(void);

#endif
