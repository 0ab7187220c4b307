/* record.h - plain records as bytes.
 *
 * Each field is told only where it differs from the last record of the same kind in the chunk;
 * addresses and values as the difference.
 */
#ifndef LAD_TRACE_RECORD_H
#define LAD_TRACE_RECORD_H

#include <memladder/trace.h>
#include "traces/format/layout.h"

#define LAD_MAX_TEXT_BYTES 65536

/* What the records of a chunk so far leave behind; zeroed at its start. */
typedef struct {
    LadRecord last[LAD_N_RECORD_KINDS]; /* `text` unused */
    char *text[LAD_N_RECORD_KINDS];     /* NULL: "" */
} LadRecordCoder;

void lad_record_coder_clear(LadRecordCoder *coder);
/* Appends `record`, whose kind is known and text at most LAD_MAX_TEXT_BYTES. */
void lad_record_encode(LadRecordCoder *coder, const LadRecord *record, GByteArray *to);
/* The next record; its text belongs to the coder until the next record of the kind. What is wrong,
 * or NULL. A record of a kind that this version does not know is passed over: its kind is 0. */
const char *lad_record_decode(LadRecordCoder *coder, LadBytesReader *from, LadRecord *record);
/* The hash of its whole content, for the identity. */
guint64 lad_record_content(const LadRecord *record);

#endif
