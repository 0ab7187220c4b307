/* dram.h - DRAM channels: banks, their timing, a controller that reorders, and what waits in front
 * of it. The tier model `banked` is made of this; sim/dram/ has it.
 *
 * The unit of time is the cycle of the command clock, counted from 0; a request is a line of 64
 * bytes. Nothing is stepped cycle by cycle: channels are brought up to a cycle when somebody asks,
 * and between two commands time is skipped. The result is that of stepping.
 *
 * Order within cycle c: requests are offered, at most one per channel, and the channel accepts one
 * or refuses it (its queue is full), which then is offered again; a command issues. What is
 * accepted at c can have its first command at c + 1.
 */
#ifndef MEMLADDER_DRAM_H
#define MEMLADDER_DRAM_H

#include <memladder/types.h>

G_BEGIN_DECLS

#define LAD_DRAM_LINE_BYTES 64

/* Which waiting request gets the next command. */
typedef enum {
    /* First ready, first come, first served: the oldest request whose next command can issue, CAS
     * of rows that were opened for a request before all others; reads and writes in turns. */
    LAD_DRAM_FR_FCFS,
    /* A queue per bank, the banks in turns; within a bank the oldest that can issue. */
    LAD_DRAM_BANK_TURNS,
} LadDramScheduler;

typedef enum { LAD_DRAM_OPEN_PAGE, LAD_DRAM_CLOSED_PAGE } LadDramPage;

/* How requests wait that the channels have not accepted. */
typedef enum {
    LAD_DRAM_LINE_PER_CHANNEL, /* in a line before each channel */
    LAD_DRAM_ONE_LINE,         /* in one line: a refused one holds up all behind it */
} LadDramFront;

/* All counts are powers of two; all times but `clock` are cycles of the command clock. */
typedef struct {
    guint64 channels, ranks, groups, banks; /* banks: of a group */
    guint64 rows, row_bytes;
    LadTime clock; /* ps of a cycle */
    guint64 burst; /* cycles that a line's data take */
    guint64 cl, cwl;
    guint64 rcd_read, rcd_write, rp, ras, rc, rtp, wr;
    guint64 rrd_s, rrd_l, faw;
    guint64 ccd_s, ccd_l, ccd_s_write, ccd_l_write;
    guint64 wtr_s, wtr_l;
    guint64 read_to_write;                                                 /* RD to WR of a rank */
    guint64 rank_read, rank_read_to_write, rank_write, rank_write_to_read; /* between ranks */
    guint64 ppd;                                                           /* PRE to PRE */
    guint64 rfc, refi;                                                     /* refi 0: no refresh */
    guint64 wide;            /* cycles that ACT, RD and WR hold the command bus */
    gboolean row_and_column; /* a row command and a RD or WR can issue in one cycle */
    guint scheduler;         /* LadDramScheduler */
    guint page;              /* LadDramPage */
    guint front;             /* LadDramFront */
    guint64 read_queue, write_queue, bank_queue; /* entries */
    guint64 row_hits;             /* CAS after which a row may be closed under waiting hits */
    guint64 drain_from, drain_to; /* writes at which draining starts and ends */
    gboolean permute;             /* bank and group bits are XORed with the lowest row bits */
} LadDramConfig;

typedef enum {
    LAD_DRAM_ACTIVATES,
    LAD_DRAM_PRECHARGES,
    LAD_DRAM_READS,
    LAD_DRAM_WRITES,
    LAD_DRAM_REFRESHES,
    LAD_DRAM_ROW_HITS,  /* RD and WR that are not the first of their row's being open */
    LAD_DRAM_FORWARDED, /* reads answered from a waiting write */
    LAD_DRAM_MERGED,    /* reads that joined a waiting read, writes that a later one replaced */
    LAD_DRAM_REFUSED,   /* cycles in which the first in the line before a channel was refused */
    LAD_DRAM_WAIT,      /* sum over reads of cycles before they were accepted */
    LAD_DRAM_N_COUNTERS
} LadDramCounter;

typedef struct LadDram LadDram;

/* No ticket: nobody wants to know when the line is done. */
#define LAD_DRAM_NO_TICKET G_MAXUINT32

/* Told of a line that is done: a read when its last data are there, a write when it was accepted.
 */
typedef void (*LadDramDone)(guint32 ticket, guint64 cycle, void *data);

/* Channels, idle and closed. `map` names the parts of an address above its six lowest bits, from
 * the least significant: `channel`, `rank`, `group`, `bank`, `line` (in the row) and `row`, each
 * with or without a number of bits (`line:3`; without: all that are left). NULL-terminated.
 * `counters` takes LAD_DRAM_N_COUNTERS and is kept up to date. Errors: CONFIG, the option and what
 * was expected. */
LadDram *lad_dram_new(const LadDramConfig *config, const char *const *map, guint64 *counters,
                      GError **error);
/* Requests that wait are forgotten. */
void lad_dram_free(LadDram *dram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadDram, lad_dram_free)

/* Lines of requests: 1, or as many as channels. */
guint lad_dram_n_fronts(const LadDram *dram);
/* Ask for the line at `address` from `cycle` on; `bulk` lines (page copies) take turns with all
 * others. Returns the front it waits at, LAD_DRAM_NO_FRONT if a million already wait there. */
#define LAD_DRAM_NO_FRONT G_MAXUINT
guint lad_dram_ask(LadDram *dram, guint64 cycle, guint64 address, gboolean write, gboolean bulk,
                   guint32 ticket);
/* No line that waits at this front or was accepted from it is done before this cycle; G_MAXUINT64
 * if there is none to be told of. Later requests may change it. */
guint64 lad_dram_due(const LadDram *dram, guint front);
/* Do all that happens before `cycle`, and tell of the lines that are done by `cycle`. */
void lad_dram_run(LadDram *dram, guint front, guint64 cycle, LadDramDone done, void *data);

G_END_DECLS
#endif
