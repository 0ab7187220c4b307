/* trace.h - reading and writing memladder traces (.mlt).
 *
 * A trace has a header, a dictionary of static code, and per stream a sequence of *tokens*. A token
 * is the id of a dictionary entry - a block, or a path, which lists blocks that followed one
 * another - or a plain record (time stamp, map, an access without code, ...). Executing an entry
 * consumes one address per memory operand, in order. memladder-trace(5) has the format to the byte.
 *
 * Terms: an *instruction* is one executed instruction (its fetch is one reference); a *data access*
 * is one load, store, modify or atomic; a *reference* is either; a *record* is a block execution
 * inside a path, a lone block execution, or a plain record.
 */
#ifndef MEMLADDER_TRACE_H
#define MEMLADDER_TRACE_H

#include <memladder/error.h>
#include <memladder/types.h>

G_BEGIN_DECLS

/* ---- What a trace says of itself --------------------------------------------------------------
 */

typedef enum {
    LAD_LEVEL_INSTRUCTION, /* every instruction and data access */
    LAD_LEVEL_MISS,  /* what leaves the last cache: LOAD a line it fetches, STORE one it writes
                      * back, GAP the instructions between; replayed past all caches */
    LAD_LEVEL_PAGE,  /* pages touched per interval */
    LAD_LEVEL_ALLOC, /* allocator calls */
} LadTraceLevel;

typedef enum { LAD_ADDRESS_VIRTUAL, LAD_ADDRESS_PHYSICAL } LadAddressSpace;

typedef enum { LAD_ISA_UNKNOWN, LAD_ISA_X86_64, LAD_ISA_AARCH64 } LadIsa;

typedef struct {
    guint32 host;    /* machine of origin, from 0 */
    guint32 process; /* process id of origin; streams of one process share an address space */
    guint32 thread;  /* thread id of origin */
    char *cgroup;    /* "" if unknown */
    char *name;      /* program or thread name, "" if unknown */
} LadStreamInfo;

typedef struct {
    LadTraceLevel level;
    LadAddressSpace address_space;
    LadIsa isa;
    guint64 page_bytes; /* of the machine of origin */
    guint64 tick_ps;    /* unit of time stamps in ps; 0: the trace has no time */
    char *machine;      /* machine of origin, free text */
    char *command;      /* command line of origin */
    char *tool;         /* what recorded or converted it, with version */
    char *lost;         /* what was lost in conversion, one sentence per line; "" if nothing */
    GHashTable *notes;  /* further string -> string attributes; may be empty, never NULL */
} LadTraceHeader;

/* "instruction", "virtual", "x86-64", ... */
const char *lad_trace_level_name(LadTraceLevel level);
const char *lad_address_space_name(LadAddressSpace space);
const char *lad_isa_name(LadIsa isa);

/* All text "", tick 0, page 4096, instruction, virtual. Its texts are its own, from g_malloc. */
LadTraceHeader *lad_trace_header_new(void);
LadTraceHeader *lad_trace_header_copy(const LadTraceHeader *header);
void lad_trace_header_free(LadTraceHeader *header);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTraceHeader, lad_trace_header_free)

/* ---- Static code ------------------------------------------------------------------------------
 */

typedef enum {
    LAD_BRANCH_NONE,
    LAD_BRANCH_CONDITIONAL,
    LAD_BRANCH_JUMP,
    LAD_BRANCH_INDIRECT_JUMP,
    LAD_BRANCH_CALL,
    LAD_BRANCH_INDIRECT_CALL,
    LAD_BRANCH_RETURN,
    LAD_BRANCH_SYSCALL,
    LAD_BRANCH_UNKNOWN, /* the source does not tell */
} LadBranchKind;

typedef enum {
    LAD_OPERAND_LOAD,
    LAD_OPERAND_STORE,
    LAD_OPERAND_MODIFY, /* read and write by one instruction */
    LAD_OPERAND_ATOMIC, /* the same, locked */
} LadOperandKind;

/* Registers as bits: x86-64: 0-15 general (rax rcx rdx rbx rsp rbp rsi rdi r8-r15), 16-47 vector,
 * 48 flags, 49-56 x87/MMX, 57 mask registers and all others. AArch64: 0-30 x0-x30, 31 sp,
 * 32-63 v0-v31. */
typedef guint64 LadRegisters;

#define LAD_INSN_DEPS_UNKNOWN 1 /* registers are not known; both masks are 0 */

typedef struct {
    guint8 length; /* bytes; 0 if unknown */
    guint8 branch; /* LadBranchKind */
    guint8 n_operands;
    guint8 flags; /* LAD_INSN_* */
    guint32 reserved;
    LadRegisters reads;  /* all registers the instruction reads, addresses included */
    LadRegisters writes; /* all registers it writes */
} LadInsn;

typedef struct {
    guint8 kind;          /* LadOperandKind */
    guint8 insn;          /* its instruction in the block, from 0 */
    guint16 size;         /* bytes, 0 to 4096 */
    guint32 slot;         /* dense number of this static operand in the dictionary */
    LadRegisters address; /* registers that form the address; 0 with deps known: constant */
} LadOperand;

#define LAD_BLOCK_MAX_INSNS   64
#define LAD_PATH_MAX_INSNS    96
#define LAD_PATH_MAX_OPERANDS 48

/* A run of sequential instructions. Instruction i starts at pc + the lengths before it. */
typedef struct {
    guint64 pc;
    guint16 n_insns;    /* 0 to 64 (0: a fetch-less iteration, as sources without code make) */
    guint16 n_operands; /* 0 to 255 */
    guint32 reserved;
    const LadInsn *insns;
    const LadOperand *operands; /* in order of execution */
} LadBlock;

/* A dictionary entry, block or path, seen as the list of blocks to execute. */
typedef struct {
    guint32 n_blocks; /* 1 for a block */
    guint32 n_insns;
    guint32 n_operands;
    guint32 reserved;
    const LadBlock *const *blocks;
} LadEntry;

/* The dictionary. Entries are immutable and stay where they are once a token names them, so that
 * the reader may append on one thread while a core looks entries up on another. */
typedef struct LadCode LadCode;

/* The entry of a token that is no record; `token` must have come from a batch of this trace. */
const LadEntry *lad_code_entry(const LadCode *code, guint32 token);
/* Entries known so far; tokens are in [0, that). May grow while batches are fetched. */
guint32 lad_code_n_entries(const LadCode *code);
/* Static operands known so far. */
guint32 lad_code_n_slots(const LadCode *code);

/* ---- Plain records ----------------------------------------------------------------------------
 */

/* Level `page`. A TIME record begins an interval: what follows, up to the next TIME or IDLE,
 * happened in it, in no known order, unless the header's note LAD_NOTE_ORDER says `exact`. Touches:
 * PAGE_TOUCH and RANGE_TOUCH with their weights, or, one touch each and much more compact, data
 * accesses of blocks without instructions (LadBlock.n_insns 0) and plain LOAD, STORE, MODIFY. */
#define LAD_NOTE_ORDER "order" /* "exact" or "interval"; absent: interval */
#define LAD_NOTE_SAMPLED                                                                           \
    "sampled"                       /* "1 of N ..." if records are a sample; absent: all are there \
                                     */
#define LAD_NOTE_SCALING  "scaling" /* how figures of a sample become figures of the whole */
#define LAD_NOTE_INTERVAL "interval" /* length of the intervals in ticks, if they are all equal */

typedef enum {
    LAD_RECORD_FETCH = 1, /* address, size */
    LAD_RECORD_LOAD,      /* address, size */
    LAD_RECORD_STORE,     /* address, size */
    LAD_RECORD_MODIFY,    /* address, size */
    LAD_RECORD_ATOMIC,    /* address, size */
    LAD_RECORD_PREFETCH,  /* address, size, flags: LAD_PREFETCH_*; a software prefetch */
    LAD_RECORD_TIME,      /* value: time stamp in ticks */
    LAD_RECORD_SWITCH,    /* flags: LAD_SWITCH_*, value: turn, address: cpu, size: shard */
    LAD_RECORD_BURST, /* a burst of recording begins; value: instructions of this stream that are
                       * missing before it, as far as known */
    LAD_RECORD_IDLE,  /* value: ticks without activity, weight: how often it was noted (0: once),
                       * flags: LAD_IDLE_* */
    LAD_RECORD_PAGE_TOUCH,  /* address, weight: touches, value: writes among them */
    LAD_RECORD_RANGE_TOUCH, /* address, size, weight: touches of each page, value: writes of each */
    LAD_RECORD_MAP,         /* address, size, flags, value: file offset, text: file or "" */
    LAD_RECORD_UNMAP,       /* address, size */
    LAD_RECORD_FORK,        /* value: process id of the child, whose stream starts as a copy */
    LAD_RECORD_COMPRESSIBILITY, /* address: of the page, text: algorithm, value: compressed bytes, 0
                                 * if one word fills the page */
    LAD_RECORD_ALLOC,           /* address, size, flags: device << 16 | queue (reserved) */
    LAD_RECORD_FREE,            /* address, size, flags: device << 16 | queue (reserved) */
    LAD_RECORD_REQUEST_BEGIN,   /* value: id (reserved) */
    LAD_RECORD_REQUEST_END,     /* value: id (reserved) */
    LAD_RECORD_HINT,            /* address, size, flags: LAD_HINT_* (reserved) */
    LAD_RECORD_FLUSH,           /* address, size, flags: LAD_FLUSH_*; lines dropped from caches */
    LAD_RECORD_MARKER,          /* flags: the kind by the source's own numbers, value: its value */
    LAD_RECORD_GAP, /* value: instructions executed that touch no memory; level `miss` */
    LAD_N_RECORD_KINDS
} LadRecordKind;

/* What a software prefetch is for, and how near it wants the line. */
#define LAD_PREFETCH_PURPOSE     3 /* mask */
#define LAD_PREFETCH_ANY         0
#define LAD_PREFETCH_READ        1
#define LAD_PREFETCH_WRITE       2
#define LAD_PREFETCH_INSTRUCTION 3
#define LAD_PREFETCH_LEVEL_SHIFT 2 /* two bits: the cache level it names, 0 if none */
#define LAD_PREFETCH_STREAMING   16

/* The order between streams, where it is told: a stream's records from one turn to its next are
 * executed at once, turn after turn. Turns are numbered from 1 over the whole trace, as recorded.
 */
/* LadRecord.flags of a marker: a stitched window is measured from here on. */
#define LAD_MARKER_MEASURED 0x4c414431 /* "LAD1" */

#define LAD_SWITCH_TURN 1 /* what follows is turn `value`, on core `size` if cores have files */
#define LAD_SWITCH_CPU  2 /* the thread is on cpu `address` (-1: unknown) from here on */
#define LAD_SWITCH_EXIT 4 /* the thread has ended */
#define LAD_NOTE_SHARDS "shards" /* number of cores whose records lie in files of their own */

#define LAD_IDLE_WAIT 1 /* waits for another core's thread, as the recorder ordered it */

#define LAD_FLUSH_INSTRUCTION 1
#define LAD_FLUSH_DATA        2

#define LAD_MAP_READ      1
#define LAD_MAP_WRITE     2
#define LAD_MAP_EXEC      4
#define LAD_MAP_SHARED    8 /* else private */
#define LAD_MAP_ANONYMOUS 16
#define LAD_MAP_HUGE      32 /* huge pages: of MAP_HUGETLB, or asked for by madvise */
#define LAD_MAP_KERNEL                                                                             \
    128 /* not mapped by the program: reached by system calls and devices, of a file (page cache)  \
         * or the kernel's own (socket buffers) */
#define LAD_MAP_CHANGE 64 /* no new mapping: only the flags of what is mapped there change */

typedef struct {
    guint32 kind; /* LadRecordKind */
    guint32 flags;
    guint64 address;
    guint64 size;
    guint64 value;
    guint64 weight;
    const char *text; /* valid as long as the batch; "" if none */
} LadRecord;

/* Instructions that executing the record comes to. */
static inline guint64
lad_record_n_insns(const LadRecord *record)
{
    return record->kind == LAD_RECORD_FETCH ? 1
           : record->kind == LAD_RECORD_GAP ? record->value
                                            : 0;
}

/* "load", "map", ...; NULL if `kind` is out of range. */
const char *lad_record_kind_name(guint kind);

/* ---- Reading ----------------------------------------------------------------------------------
 */

/* A token with this bit is a plain record: its low bits index the batch's `records`. */
#define LAD_TOKEN_RECORD 0x80000000u

/* A decoded stretch of one stream. */
typedef struct {
    guint32 stream;
    guint32 n_tokens;
    guint32 n_addresses;
    guint32 n_records;
    guint64 first_insn;      /* instructions of the stream before this batch */
    guint64 first_record;    /* records of the stream before this batch */
    guint64 n_insns, n_data; /* instructions and data accesses in it, plain records included */
    guint64 file_offset;     /* where its chunk begins, for messages */
    const guint32 *tokens;
    const guint64
        *addresses; /* of the entries' operands, in order; 8 readable bytes past the end */
    const LadRecord *records;
} LadBatch;

typedef struct LadTraceReader LadTraceReader;
typedef struct LadStreamReader LadStreamReader;

typedef enum {
    LAD_TRACE_SALVAGE = 1,   /* a trace cut off in the middle ends at its last whole chunk */
    LAD_TRACE_NO_THREAD = 2, /* decode on the caller's thread (bench of decoding, tests) */
    LAD_TRACE_VERIFY = 4,    /* check the content hash of the footer at the end */
} LadTraceFlags;

/* Open `path` ("-": standard input, any pipe works; an unseekable input is spooled, compressed, as
 * it is read). Reads header and, if seekable, footer. Errors: IO, TRACE with the offset. */
LadTraceReader *lad_trace_reader_open(const char *path, LadTraceFlags flags, GError **error);
/* One more owner; the last to give it up frees it. */
LadTraceReader *lad_trace_reader_ref(LadTraceReader *reader);
void lad_trace_reader_unref(LadTraceReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTraceReader, lad_trace_reader_unref)

/* All owned by the reader. */
const LadTraceHeader *lad_trace_reader_header(const LadTraceReader *reader);
const LadCode *lad_trace_reader_code(const LadTraceReader *reader);
/* On a pipe, reads it to its end first (keeping it), since a stream may begin anywhere; if that
 * fails, those known by then. */
guint lad_trace_reader_n_streams(LadTraceReader *reader);
/* Reads a pipe to its end, so that all streams, totals and the identity are known. Nothing to do if
 * the trace is a file. Errors: TRACE, IO. */
gboolean lad_trace_reader_complete(LadTraceReader *reader, GError **error);
const LadStreamInfo *lad_trace_reader_stream_info(LadTraceReader *reader, guint stream);
/* Hash of the decoded content in hex, from the footer; NULL on a pipe before its end. */
const char *lad_trace_reader_identity(const LadTraceReader *reader);
/* Totals from the footer; 0 where unknown (pipe). */
guint64 lad_trace_reader_n_insns(const LadTraceReader *reader, guint stream);
guint64 lad_trace_reader_n_data(const LadTraceReader *reader, guint stream);
guint64 lad_trace_reader_n_records(const LadTraceReader *reader, guint stream);
/* Bytes of the file read and in all (0: unknown), for progress. Callable from any thread. */
guint64 lad_trace_reader_bytes_read(const LadTraceReader *reader);
guint64 lad_trace_reader_bytes_total(const LadTraceReader *reader);

/* Reads all bytes of a trace that is a file and compares their checksums, also those of sections
 * and columns that this version does not know. Errors: TRACE with the offset, IO. */
gboolean lad_trace_reader_verify_bytes(LadTraceReader *reader, guint64 *n_sections, GError **error);
/* Whether the trace is a file, so that its sizes and totals are known. */
gboolean lad_trace_reader_is_seekable(const LadTraceReader *reader);

/* A cursor over one stream, at its start; several may be open on one reader, also on one stream
 * (rate mode). Unless LAD_TRACE_NO_THREAD, a thread decodes a bounded number of batches ahead. */
LadStreamReader *lad_stream_reader_new(LadTraceReader *reader, guint stream, GError **error);
void lad_stream_reader_free(LadStreamReader *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadStreamReader, lad_stream_reader_free)

/* The next batch, valid until the next call or free. NULL at the end of the stream with `error`
 * unset, or on failure with it set (TRACE, IO). A batch has at least one token and at most a few
 * thousand (about 64 Ki references), and never ends inside an entry. */
const LadBatch *lad_stream_reader_next(LadStreamReader *stream, GError **error);
/* Go to the batch that holds instruction (or record) number `n` of the stream, from 0: it is the
 * next batch, or if the stream has fewer there is none. Takes time for one chunk, wherever it is;
 * on a pipe the trace is read up to there. Errors: TRACE, IO. */
gboolean lad_stream_reader_seek_insn(LadStreamReader *stream, guint64 n, GError **error);
gboolean lad_stream_reader_seek_record(LadStreamReader *stream, guint64 n, GError **error);

/* ---- Writing ----------------------------------------------------------------------------------
 */

typedef struct {
    guint64 chunk_references; /* per chunk, at most 4 Mi; 0: 1 Mi, more with a large dictionary */
    int zstd_level;           /* 0: 3; below 0: faster and larger */
    guint64 max_bytes; /* stop with LAD_ERROR_CAPACITY before the file grows past it; 0: none */
    gboolean no_paths; /* tokens are blocks only (tests, comparison) */
} LadTraceWriterOptions;

typedef struct LadTraceWriter LadTraceWriter;

/* Begin a trace at `path` ("-": standard output). A regular file is written under a temporary name
 * and renamed by _close. `options` may be NULL. The header is copied. */
LadTraceWriter *lad_trace_writer_new(const char *path, const LadTraceHeader *header,
                                     const LadTraceWriterOptions *options, GError **error);
/* Drop an unfinished trace (its temporary file is removed), or free a closed one. */
void lad_trace_writer_free(LadTraceWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadTraceWriter, lad_trace_writer_free)

/* A further stream; `info` is copied. Returns its number, from 0. */
guint lad_trace_writer_add_stream(LadTraceWriter *writer, const LadStreamInfo *info);
/* The id of a block of this content; interned, so equal content gives the same id. `slot` of its
 * operands is ignored and assigned. */
guint32 lad_trace_writer_block(LadTraceWriter *writer, const LadBlock *block);
/* The id of `left` and then `right`, blocks or such pairs themselves, for a caller that knows what
 * follows what: executing it costs as one block does. Of at most LAD_PATH_MAX_INSNS instructions
 * and LAD_PATH_MAX_OPERANDS operands. The trace is the same as if the blocks were executed one by
 * one. */
guint32 lad_trace_writer_pair(LadTraceWriter *writer, guint32 left, guint32 right);
/* Execute a block: one address per operand of it, in order. Errors: IO, CAPACITY (max_bytes);
 * sticky: after the first failure every call fails. */
gboolean lad_trace_writer_execute(LadTraceWriter *writer, guint stream, guint32 block,
                                  const guint64 *addresses, GError **error);
/* Append a plain record; text is copied. Errors as of lad_trace_writer_execute. */
gboolean lad_trace_writer_record(LadTraceWriter *writer, guint stream, const LadRecord *record,
                                 GError **error);
/* Write out what is pending, the index and the footer; sync and rename. After a failure for
 * CAPACITY the trace is completed without the last chunks, which did not fit, and this succeeds. */
gboolean lad_trace_writer_close(LadTraceWriter *writer, GError **error);
/* Bytes written so far. */
guint64 lad_trace_writer_bytes(const LadTraceWriter *writer);

/* ---- Forming blocks from single instructions --------------------------------------------------
 */

/* For sources that tell one instruction or access at a time (lackey, other tools' traces): gathers
 * sequential instructions into dynamic blocks of at most 64 and executes them on the writer. */
typedef struct LadBlockBuilder LadBlockBuilder;

/* For one stream of `writer`, which is borrowed. _free drops what was not flushed. */
LadBlockBuilder *lad_block_builder_new(LadTraceWriter *writer, guint stream);
void lad_block_builder_free(LadBlockBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadBlockBuilder, lad_block_builder_free)
/* An instruction is executed at `pc`. `insn` gives length, branch, registers; its n_operands is
 * ignored. Starts a new block unless it follows the last one in memory. */
gboolean lad_block_builder_insn(LadBlockBuilder *builder, guint64 pc, const LadInsn *insn,
                                GError **error);
/* The instruction begun last, given with length 0, is `length` bytes long after all. */
void lad_block_builder_length(LadBlockBuilder *builder, guint8 length);
/* A data access of the instruction begun last; before any, or after a plain record, it is written
 * as a plain record. `registers` form the address. */
gboolean lad_block_builder_access(LadBlockBuilder *builder, LadOperandKind kind, guint64 address,
                                  guint size, LadRegisters registers, GError **error);
/* Ends the block in progress and appends a record. */
gboolean lad_block_builder_record(LadBlockBuilder *builder, const LadRecord *record,
                                  GError **error);
/* Ends the block in progress, as is needed before the writer is closed. Errors of these: those of
 * lad_trace_writer_execute. */
gboolean lad_block_builder_flush(LadBlockBuilder *builder, GError **error);

G_END_DECLS
#endif
