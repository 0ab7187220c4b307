/* input.h - one input of a conversion: a file or pipe, unpacked. */
#ifndef LAD_IMPORT_INPUT_H
#define LAD_IMPORT_INPUT_H

#include <memladder/import.h>

/* What all inputs of a conversion share. */
typedef struct {
    guint64 max_expansion;
    LadImportProgress progress; /* NULL: none */
    gpointer progress_data;
    guint64 done;  /* bytes of all inputs read */
    guint64 total; /* of all inputs; 0: unknown */
} LadImportShare;

/* Opens `path` ("-": standard input) at its first member. `share` is borrowed. */
LadImportInput *lad_import_input_new(const char *path, LadImportShare *share, GError **error);
/* The beginning of the current member, read ahead; nothing is consumed. Empty if the
 * input cannot be read: whoever reads it will be told why. */
void lad_import_input_sample(LadImportInput *input, LadImportSample *sample);

#endif
