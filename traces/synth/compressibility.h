/* compressibility.h - records of how far generated pages compress. */
#ifndef LAD_SYNTH_COMPRESSIBILITY_H
#define LAD_SYNTH_COMPRESSIBILITY_H

#include "traces/synth/contents.h"
#include "traces/synth/output.h"

typedef struct {
    LadFill fill;
    guint64 seed;
    guint64 base;             /* address of page number 0 */
    guint64 n_pages;          /* below 2^32 - 1 */
    const GArray *algorithms; /* guint, as lad_compressors_parse gives them */
} LadCompressibility;

/* Writes one record per page and algorithm, the pages in ascending order, some tens of thousands at
 * a time by each algorithm in turn. Works on `output->jobs` threads; the order does not depend on
 * it. */
gboolean lad_synth_compressibility_write(const LadCompressibility *what, LadSynthOutput *output,
                                         guint stream, GError **error);

#endif
