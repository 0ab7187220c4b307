/* describe.h - what an instruction is, from its bytes: the static half of a captured trace. */
#ifndef LAD_CAPTURE_DESCRIBE_H
#define LAD_CAPTURE_DESCRIBE_H

#include <memladder/trace.h>

#define LAD_FACTS_MAX_OPERANDS 3

/* A memory operand that the instruction has whenever it is executed. */
typedef struct {
    guint16 size; /* bytes; 0: not known, or whatever comes */
    guint8 reads;
    guint8 writes;
    LadRegisters address;
} LadFactOperand;

typedef struct {
    LadInsn insn; /* n_operands stays 0: it depends on the execution */
    guint8 n_operands;
    guint8 locked;   /* its read and write are one atomic access */
    guint8 optional; /* may be executed with fewer accesses than its operands say, or none */
    guint8 bulk;     /* touches memory in pieces of its own making (fxsave, gathers) */
    guint16 code;    /* the disassembler's number of the instruction; 0 if it is unknown to it */
    guint64 target;  /* of a direct branch; 0 if it has none */
    LadFactOperand operands[LAD_FACTS_MAX_OPERANDS]; /* reads before writes */
} LadInsnFacts;

typedef struct LadDescriber LadDescriber;

/* Errors: UNSUPPORTED if the disassembler cannot be started. */
LadDescriber *lad_describer_new(GError **error);
void lad_describer_free(LadDescriber *describer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadDescriber, lad_describer_free)

/* Describe the x86-64 instruction of `length` (1 to 15) bytes at `pc`. One that the disassembler
 * does not know has its length, LAD_BRANCH_UNKNOWN and LAD_INSN_DEPS_UNKNOWN, and is optional and
 * bulk. */
void lad_describe(LadDescriber *describer, guint64 pc, const guint8 *bytes, guint length,
                  LadInsnFacts *facts);

#endif
