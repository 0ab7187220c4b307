/* version.h - what `memladder --version` prints. */
#ifndef LAD_COMMANDS_VERSION_H
#define LAD_COMMANDS_VERSION_H

#include <stdio.h>

/* Version, state of the source tree, compiler, library versions, licence. */
void lad_version_print(FILE *stream);

#endif
