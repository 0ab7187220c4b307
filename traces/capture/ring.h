/* ring.h - the memory that the recorded program's emulator and the recorder share.
 *
 * The plugin may not count on running code when the program dies, so all that a trace needs lies in
 * shared memory the moment it happens. The area is one anonymous file, mapped by the recorder and,
 * at plugin install, by the emulator; forked children inherit the mapping. It holds a pool of
 * rings. Every guest thread claims one, and every process one more for the code it translates.
 *
 * A ring is a circle of segments. The guest writes words into one segment with plain stores, moves
 * `next` after each, and hands the segment over when it is full: `filled` counts those handed over,
 * `drained` those that the recorder is done with. A guest whose ring is full waits on `drained`.
 * After a death the recorder also reads the unfinished segment, up to `next`.
 *
 * Words. An operand: address in bits 0 to 47, instruction of the block in 48 to 56, 57 set for a
 * store, log2 of the size in 58 to 60, 61 to 63 clear. Control: bit 63 set, LadControl in 56 to 62,
 * payload in 0 to 55. Operands belong to the last LAD_CONTROL_BLOCK before them.
 *
 * Pages. At level `page` no accesses are written: each ring has a table of counters, one per page,
 * direct-mapped. A page that loses its place, and at the end of an interval every page, becomes a
 * LAD_CONTROL_PAGE; after a death the recorder reads the table itself.
 */
#ifndef LAD_CAPTURE_RING_H
#define LAD_CAPTURE_RING_H

#include <stdatomic.h>
#include <stdint.h>

#define LAD_RING_SEGMENTS      32
#define LAD_RING_SEGMENT_WORDS 6144 /* distance of two segments */
#define LAD_RING_SOFT_WORDS    4096 /* a new record starts a new segment from here on */
#define LAD_RINGS              4096
#define LAD_CAPTURE_MAX_VCPUS  32768
#define LAD_PAGE_SHIFT         12
#define LAD_PAGE_COUNTERS      4096 /* of a ring's table; a power of 2 */

#define LAD_WORD_ADDRESS_MASK ((UINT64_C(1) << 48) - 1)
#define LAD_WORD_INSN_SHIFT   48
#define LAD_WORD_INSN_MASK    0x1ff
#define LAD_WORD_STORE_SHIFT  57
#define LAD_WORD_STORE        (UINT64_C(1) << LAD_WORD_STORE_SHIFT)
#define LAD_WORD_SIZE_SHIFT   58
#define LAD_WORD_CONTROL      (UINT64_C(1) << 63)
#define LAD_WORD_TAG(word)    ((uint16_t)((word) >> 48)) /* all of an operand but its address */

typedef enum {
    LAD_CONTROL_END,     /* the recorder's own mark behind the last word of a segment */
    LAD_CONTROL_BLOCK,   /* payload: id of the block that is executed */
    LAD_CONTROL_TIME,    /* payload: the clock (LadCaptureClock), or ns since the start */
    LAD_CONTROL_FORK,    /* payload: process id of the child */
    LAD_CONTROL_SYSCALL, /* payload: words that follow: number, result, six arguments, text */
    LAD_CONTROL_MAPPED,  /* words that follow: a line of /proc/PID/maps, from before the first block
                          */
    LAD_CONTROL_EXEC,    /* words that follow: the path; this process goes on natively */
    LAD_CONTROL_NO_EXEC, /* that execve failed */
    LAD_CONTROL_CODE, /* words that follow: id, address, n, n length bytes, the code; both padded */
    LAD_CONTROL_BURST,    /* a window begins; payload: instructions of the thread not recorded */
    LAD_CONTROL_INTERVAL, /* payload: the clock at which an interval of level `page` begins */
    LAD_CONTROL_PAGE,     /* payload: page number; a word follows: touches, writes << 32 */
    LAD_CONTROL_CONTENT,  /* payload: its number; the thread waits until `served` is that */
} LadControl;

#define LAD_WORD_MAKE(kind, payload) (LAD_WORD_CONTROL | (uint64_t)(kind) << 56 | (payload))
#define LAD_WORD_KIND(word)          ((LadControl)((word) >> 56 & 0x7f))
#define LAD_WORD_PAYLOAD(word)       ((word) & ((UINT64_C(1) << 56) - 1))

typedef enum {
    LAD_CAPTURE_ALL,    /* every instruction and access */
    LAD_CAPTURE_BURSTS, /* the same, in windows */
    LAD_CAPTURE_PAGES,  /* counts per page and interval */
} LadCaptureMode;

/* What is written when, in units of the clock: executed instructions of all threads together, or,
 * if `wall`, nanoseconds since the start. */
typedef struct {
    uint32_t mode; /* LadCaptureMode */
    uint32_t wall;
    uint64_t skip;     /* BURSTS: where the first window begins */
    uint64_t burst;    /* BURSTS: length of a window, ... */
    uint64_t every;    /* ... one of which begins every so many; at least `burst` */
    uint64_t interval; /* PAGES: length of an interval */
    uint64_t content;  /* the pages touched are asked for every so many; 0: never */
} LadCaptureSchedule;

typedef struct {
    uint64_t page;            /* number of the page; free while touches are 0 */
    uint32_t touches, writes; /* written by the guest only */
} LadPageCounter;

typedef enum {
    LAD_RING_FREE,
    LAD_RING_CLAIMED, /* being set up by the guest */
    LAD_RING_LIVE,
    LAD_RING_CLOSED, /* its thread has ended; the recorder frees it when it is drained */
} LadRingState;

typedef struct {
    /* Written by the guest at every word. */
    _Alignas(64) _Atomic(uint64_t *) next; /* all addresses are the guest's */
    uint64_t *limit;                       /* from here on a record needs a new segment */
    uint64_t *end;                         /* nothing may be written from here on */
    uint64_t overruns;                     /* operands that found no room: 0 but for a mistake */
    /* Written by the guest at claim and handover. */
    _Alignas(64) _Atomic uint32_t state; /* LadRingState */
    uint32_t is_code;
    uint32_t serial; /* order of claims, from 1 */
    uint32_t process, thread;
    _Atomic uint32_t filled;
    uint64_t last_time;
    uint32_t length[LAD_RING_SEGMENTS]; /* words of each segment handed over */
    /* Written by the recorder. */
    _Alignas(64) _Atomic uint32_t drained; /* a futex */
    _Atomic uint32_t guest_waits;          /* written by both */
    _Atomic uint32_t served;               /* a futex: the last LAD_CONTROL_CONTENT dealt with */
} LadRing;

typedef struct {
    uint64_t magic;         /* LAD_CAPTURE_MAGIC: layout of this version */
    uint64_t start_ns;      /* CLOCK_MONOTONIC at the start */
    uint32_t recorder;      /* process id */
    uint32_t follow_fork;   /* children claim rings of their own */
    uint32_t count;         /* keep the inline counters below */
    _Atomic uint32_t ended; /* nothing more will be written: nobody is to wait for the recorder */
    LadCaptureSchedule schedule;
    uint64_t base; /* where the guest has mapped the area; 0: not installed */
    /* The emulator's inline counters, not atomic: exact for one thread. */
    _Alignas(64) uint64_t counted_insns;
    uint64_t counted_operands;
    _Alignas(
        64) _Atomic uint64_t insns; /* executed, as far as threads have told; see plugin_clock.c */
    _Alignas(64) _Atomic uint32_t doorbell; /* a futex: rung when much is waiting */
    _Atomic uint32_t recorder_sleeps;
    _Atomic uint32_t serial;     /* rings claimed so far */
    _Atomic uint32_t ring_bound; /* rings from here on have never been claimed */
    _Atomic uint32_t block_id;   /* ids given so far */
    _Atomic uint32_t unfollowed; /* forked children not recorded */
    _Atomic uint32_t no_ring;    /* threads for which no ring was left */
    LadRing rings[LAD_RINGS];
} LadCaptureArea;

#define LAD_CAPTURE_MAGIC         UINT64_C(0x3150414344414c02)
#define LAD_CAPTURE_SEGMENT_BYTES ((uint64_t)LAD_RING_SEGMENT_WORDS * 8)
#define LAD_CAPTURE_RING_BYTES    (LAD_CAPTURE_SEGMENT_BYTES * LAD_RING_SEGMENTS)
#define LAD_CAPTURE_DATA_OFFSET   ((sizeof(LadCaptureArea) + 4095) / 4096 * 4096)
/* With room behind the last ring for reading past an execution's words. */
#define LAD_CAPTURE_PAGES_OFFSET                                                                   \
    (LAD_CAPTURE_DATA_OFFSET + LAD_RINGS * LAD_CAPTURE_RING_BYTES + 65536)
#define LAD_CAPTURE_TABLE_BYTES (LAD_PAGE_COUNTERS * sizeof(LadPageCounter))
#define LAD_CAPTURE_BYTES       (LAD_CAPTURE_PAGES_OFFSET + LAD_RINGS * LAD_CAPTURE_TABLE_BYTES)

/* Where segment number `n` (any, modulo the circle) of a ring begins, from the area's address. */
static inline uint64_t
lad_ring_segment_offset(uint64_t ring, uint64_t n)
{
    return LAD_CAPTURE_DATA_OFFSET + ring * LAD_CAPTURE_RING_BYTES +
           n % LAD_RING_SEGMENTS * LAD_CAPTURE_SEGMENT_BYTES;
}

/* A ring's table of page counters, likewise. */
static inline uint64_t
lad_ring_table_offset(uint64_t ring)
{
    return LAD_CAPTURE_PAGES_OFFSET + ring * LAD_CAPTURE_TABLE_BYTES;
}

#endif
