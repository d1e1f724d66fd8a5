/* May a shared object be trusted with the whole process? Only if nobody but root and the user who runs weir could have
 * put it there. */
#ifndef WEIR_PLUGIN_PLUGIN_SAFETY_H
#define WEIR_PLUGIN_PLUGIN_SAFETY_H

#include <sys/types.h>

#include "base/error.h"

/* Looks at the file that `path` leads to and at its folder: both belong to root or to `user`, and nobody else may write
 * there. A group may if it is the owner's private one, of that name and without other members: machines with such groups
 * have umask 002. Of the folders above only those are refused in which everybody may replace what is there.
 * 0, -EACCES with a text that names path, owner, mode and how to mend it, or what the file system says. */
int plugin_safety_check(const char *path, uid_t user, struct error *error);

#endif
