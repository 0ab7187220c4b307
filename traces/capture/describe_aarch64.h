/* describe_aarch64.h - what an AArch64 instruction is, from its four bytes. */
#ifndef LAD_CAPTURE_DESCRIBE_AARCH64_H
#define LAD_CAPTURE_DESCRIBE_AARCH64_H

#include "traces/capture/describe.h"

typedef struct LadDescriberAarch64 LadDescriberAarch64;

/* Errors: UNSUPPORTED if the disassembler cannot be started. */
LadDescriberAarch64 *lad_describer_aarch64_new(GError **error);
void lad_describer_aarch64_free(LadDescriberAarch64 *describer);
/* As lad_describe; sizes of operands are not told. */
void lad_describe_aarch64(LadDescriberAarch64 *describer, const guint8 bytes[4],
                          LadInsnFacts *facts);

#endif
