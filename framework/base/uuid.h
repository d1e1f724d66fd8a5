/* Random UUIDs (version 4): pipelines and instances are told apart by them. */
#ifndef WEIR_BASE_UUID_H
#define WEIR_BASE_UUID_H

#define UUID_BYTES 37 /* text with its NUL */

void uuid_make(char text[UUID_BYTES]);

#endif
