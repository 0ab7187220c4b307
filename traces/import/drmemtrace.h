/* drmemtrace.h - what the parts of the drmemtrace importer share.
 *
 *     drmemtrace.c         inputs, their order by time, the header
 *     drmemtrace_input.c   the records of one input: threads, markers, chunks
 *     drmemtrace_blocks.c  instructions and accesses gathered into blocks, known ones at once
 *     drmemtrace_insn.c    what an instruction is, from its type, length and bytes
 *     drmemtrace_out.c     streams and turns of the trace being written
 *
 * A file is a sequence of records of 12 bytes, little-endian: u16 type, u16 size, u64 address.
 */
#ifndef LAD_IMPORT_DRMEMTRACE_H
#define LAD_IMPORT_DRMEMTRACE_H

#include <memladder/import.h>
#include <string.h>
#include "traces/capture/describe.h"

#define LAD_DR_RECORD_BYTES 12

/* Types of records. */
enum {
    LAD_DR_LOAD = 0,
    LAD_DR_STORE = 1,
    LAD_DR_FIRST_PREFETCH = 2,
    LAD_DR_LAST_PREFETCH = 9,
    LAD_DR_INSN = 10,
    LAD_DR_JUMP,
    LAD_DR_INDIRECT_JUMP,
    LAD_DR_CONDITIONAL_JUMP,
    LAD_DR_CALL,
    LAD_DR_INDIRECT_CALL,
    LAD_DR_RETURN,
    LAD_DR_BUNDLE,
    LAD_DR_INSN_FLUSH,
    LAD_DR_INSN_FLUSH_END,
    LAD_DR_DATA_FLUSH,
    LAD_DR_DATA_FLUSH_END,
    LAD_DR_THREAD,
    LAD_DR_THREAD_EXIT,
    LAD_DR_PROCESS,
    LAD_DR_HEADER,
    LAD_DR_FOOTER,
    LAD_DR_HARDWARE_PREFETCH,
    LAD_DR_MARKER,
    LAD_DR_NO_FETCH,
    LAD_DR_MAYBE_NO_FETCH,
    LAD_DR_SYSENTER,
    LAD_DR_FIRST_FURTHER_PREFETCH = 32,
    LAD_DR_LAST_FURTHER_PREFETCH = 46,
    LAD_DR_ENCODING = 47,
    LAD_DR_TAKEN_JUMP,
    LAD_DR_UNTAKEN_JUMP,
    LAD_DR_N_TYPES
};

/* Kinds of markers that mean something here. */
enum {
    LAD_DR_MARKER_TIME = 2,
    LAD_DR_MARKER_CPU = 3,
    LAD_DR_MARKER_FILE_TYPE = 9,
    LAD_DR_MARKER_VERSION = 12,
    LAD_DR_MARKER_PAGE_SIZE = 18,
    LAD_DR_MARKER_CHUNK_INSNS = 20,
    LAD_DR_MARKER_CHUNK_FOOTER = 21,
    LAD_DR_MARKER_ORDINAL = 22,
    LAD_DR_MARKER_BRANCH_TARGET = 29,
    LAD_DR_MARKER_WAIT = 32,
    LAD_DR_MARKER_IDLE = 33,
};

static inline guint32
lad_dr_head(const guint8 *record)
{
    guint32 head;
    memcpy(&head, record, sizeof head);
    return GUINT32_FROM_LE(head);
}

static inline guint
lad_dr_type(guint32 head)
{
    return head & 0xffff;
}

static inline guint
lad_dr_size(guint32 head)
{
    return head >> 16;
}

static inline guint64
lad_dr_address(const guint8 *record)
{
    guint64 address;
    memcpy(&address, record + 4, sizeof address);
    return GUINT64_FROM_LE(address);
}

/* Bits 48 to 63 are copies of bit 47, as the recorder's own tools see every address. */
static inline guint64
lad_dr_canonical(guint64 address)
{
    return (guint64)((gint64)(address << 16) >> 16);
}

static inline gboolean
lad_dr_is_insn(guint type)
{
    return (type >= LAD_DR_INSN && type <= LAD_DR_RETURN) || type == LAD_DR_SYSENTER ||
           type == LAD_DR_TAKEN_JUMP || type == LAD_DR_UNTAKEN_JUMP;
}

/* ---- What an instruction is --------------------------------------------------------------------
 */

#define LAD_DR_MAX_INSN_BYTES 16

typedef struct {
    guint8 branch; /* by the record's type: a LadBranchKind */
    guint8 length;
    guint8 n_bytes; /* known of it, 0: none */
    guint8 bytes[LAD_DR_MAX_INSN_BYTES];
    LadInsnFacts facts;
} LadDrInsn;

/* All instructions met, each once. */
typedef struct LadDrInsns LadDrInsns;

LadDrInsns *lad_dr_insns_new(LadIsa isa, GError **error);
void lad_dr_insns_free(LadDrInsns *insns);
/* The instruction that a record of `type` tells; the same object for the same content. */
const LadDrInsn *lad_dr_insns_get(LadDrInsns *insns, guint type, guint length, const guint8 *bytes,
                                  guint n_bytes);

/* ---- What is written ---------------------------------------------------------------------------
 */

typedef struct {
    guint number; /* in the trace */
    guint64 thread, process;
    guint64 cpu;
    guint64 last_time; /* of its latest TIME record */
} LadDrStream;

typedef struct {
    LadTraceWriter *writer;
    GPtrArray *streams;    /* of LadDrStream */
    GHashTable *by_thread; /* the same, by LadDrStream itself */
    LadDrStream *current;  /* whose turn it is; NULL: nobody's yet */
    guint shard;           /* its core, where cores have files */
    guint64 turn;
    guint64 n_idle; /* markers in a row that are not yet written, of `current` */
    guint32 idle_flags;
} LadDrOut;

void lad_dr_out_init(LadDrOut *out, LadTraceWriter *writer);
void lad_dr_out_clear(LadDrOut *out);
/* The stream of a thread, made if there is none; NULL if a trace cannot hold more. */
LadDrStream *lad_dr_out_stream(LadDrOut *out, guint64 process, guint64 thread, const char *name);
/* What follows is of `stream`, on core `shard`. */
gboolean lad_dr_out_enter_slowly(LadDrOut *out, LadDrStream *stream, guint shard, GError **error);
gboolean lad_dr_out_record(LadDrOut *out, const LadRecord *record, GError **error);
gboolean lad_dr_out_idle(LadDrOut *out, guint32 flags, GError **error);
gboolean lad_dr_out_flush(LadDrOut *out, GError **error);
/* The current stream's thread is over, though idle time of its core may still be told of it. */
gboolean lad_dr_out_exit(LadDrOut *out, GError **error);

static inline gboolean
lad_dr_out_enter(LadDrOut *out, LadDrStream *stream, guint shard, GError **error)
{
    return G_LIKELY(out->current == stream && out->shard == shard && out->n_idle == 0) ||
           lad_dr_out_enter_slowly(out, stream, shard, error);
}

/* ---- Blocks ------------------------------------------------------------------------------------
 */

/* The code of one input, as its records have told it so far, and the block in progress. */
typedef struct LadDrBlocks LadDrBlocks;

LadDrBlocks *lad_dr_blocks_new(LadDrInsns *insns, LadDrOut *out);
void lad_dr_blocks_free(LadDrBlocks *blocks);
/* Executes the known blocks that the records from `at` spell out, none beyond `end`, while none is
 * in progress. Returns where that ended; NULL on failure. */
const guint8 *lad_dr_blocks_run(LadDrBlocks *blocks, const guint8 *at, const guint8 *end,
                                guint stream, GError **error);
/* Bytes of the next instruction. */
void lad_dr_blocks_encoding(LadDrBlocks *blocks, const guint8 *bytes, guint n);
/* An instruction is executed, or with LAD_DR_NO_FETCH another iteration of one. */
gboolean lad_dr_blocks_insn(LadDrBlocks *blocks, guint32 head, guint64 pc, guint stream,
                            GError **error);
/* An access of the instruction executed last; of none, if there is no block in progress. */
gboolean lad_dr_blocks_access(LadDrBlocks *blocks, guint32 head, guint64 address, guint stream,
                              GError **error);
gboolean lad_dr_blocks_in_progress(const LadDrBlocks *blocks);
/* Whether the block in progress ends before this instruction. */
gboolean lad_dr_blocks_ends_before(const LadDrBlocks *blocks, guint32 head, guint64 pc);
/* The program counter of the last instruction record, and where it ends. */
guint64 lad_dr_blocks_last_pc(const LadDrBlocks *blocks);
guint64 lad_dr_blocks_end_pc(const LadDrBlocks *blocks);
/* A record that only states a program counter; none is in progress. */
void lad_dr_blocks_go_to(LadDrBlocks *blocks, guint64 pc);
/* Ends the block in progress. `usual`: it would end here again. */
gboolean lad_dr_blocks_end(LadDrBlocks *blocks, gboolean usual, guint stream, GError **error);

/* ---- Inputs ------------------------------------------------------------------------------------
 */

typedef struct LadDrInput LadDrInput;

/* What the records before the first time stamp say. */
typedef struct {
    guint64 version;
    guint64 file_type;  /* LAD_DR_FILE_* */
    guint64 page_bytes; /* 0: not said */
    guint64 thread, process;
    guint64 first_time; /* 0: none in sight */
} LadDrStart;

enum {
    LAD_DR_FILE_FILTERED = 0x1,
    LAD_DR_FILE_UNOPTIMISED = 0x2,
    LAD_DR_FILE_INSNS_ONLY = 0x4,
    LAD_DR_FILE_AARCH64 = 0x8,
    LAD_DR_FILE_ARM32 = 0x10,
    LAD_DR_FILE_X86_32 = 0x20,
    LAD_DR_FILE_X86_64 = 0x40,
    LAD_DR_FILE_IFILTERED = 0x80,
    LAD_DR_FILE_DFILTERED = 0x100,
    LAD_DR_FILE_ENCODINGS = 0x200,
    LAD_DR_FILE_SYSCALLS = 0x400,
    LAD_DR_FILE_BLOCKING = 0x800,
    LAD_DR_FILE_KERNEL = 0x1000,
    LAD_DR_FILE_FILTERED_START = 0x2000,
    LAD_DR_FILE_KERNEL_TEMPLATES = 0x4000,
    LAD_DR_FILE_KERNEL_INSNS = 0x8000,
    LAD_DR_FILE_SHARDED = 0x10000,
    LAD_DR_FILE_REGDEPS = 0x20000, /* encodings of an instruction set made up for dependences */
    LAD_DR_FILE_FILTERS = LAD_DR_FILE_FILTERED | LAD_DR_FILE_IFILTERED | LAD_DR_FILE_DFILTERED |
                          LAD_DR_FILE_FILTERED_START,
    LAD_DR_FILE_ALL = LAD_DR_FILE_FILTERS | LAD_DR_FILE_UNOPTIMISED | LAD_DR_FILE_INSNS_ONLY |
                      LAD_DR_FILE_AARCH64 | LAD_DR_FILE_X86_64 | LAD_DR_FILE_ENCODINGS |
                      LAD_DR_FILE_SYSCALLS | LAD_DR_FILE_BLOCKING | LAD_DR_FILE_KERNEL |
                      LAD_DR_FILE_KERNEL_TEMPLATES | LAD_DR_FILE_KERNEL_INSNS |
                      LAD_DR_FILE_SHARDED | LAD_DR_FILE_REGDEPS,
};

/* Opens input `number` and looks at its start. Errors: IO, TRACE. */
LadDrInput *lad_dr_input_new(LadImport *import, guint number, GError **error);
void lad_dr_input_free(LadDrInput *input);
/* An error of the input, at the place it stands; FALSE. */
gboolean lad_dr_input_bad(const LadDrInput *input, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
const LadDrStart *lad_dr_input_start(const LadDrInput *input);
/* The header is known: what it finds goes to `out`, its first thread first; `shard` is its core, if
 * cores have files. */
gboolean lad_dr_input_begin(LadDrInput *input, LadDrInsns *insns, LadDrOut *out, guint shard,
                            GError **error);
/* Converts up to the next time stamp that is no copy, which becomes *time. *ended: there is none,
 * the input has ended. With `alone` goes on to its end at once. */
gboolean lad_dr_input_segment(LadDrInput *input, gboolean alone, guint64 *time, gboolean *ended,
                              GError **error);
/* It is damaged where it stands: what came before is kept. */
gboolean lad_dr_input_abandon(LadDrInput *input, GError **error);

#endif
