/* version.c - release and revision; revision.h is made anew by every build. */
#include "config.h"
#include "revision.h"
#include <memladder/version.h>

const char *
lad_version(void)
{
    return PACKAGE_VERSION;
}

const char *
lad_version_revision(void)
{
    return LAD_REVISION;
}

const char *
lad_version_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__ ", " LAD_BUILD_FLAGS;
#else
    return "gcc " __VERSION__ ", " LAD_BUILD_FLAGS;
#endif
}
