/* channel.h - between the files of sim/dram/: a channel's banks, what waits for them, and the hooks
 * of a scheduler. */
#ifndef LAD_DRAM_CHANNEL_H
#define LAD_DRAM_CHANNEL_H

#include <memladder/dram.h>

#define LAD_DRAM_CLOSED  G_MAXUINT32 /* no row is open */
#define LAD_DRAM_NO_LINE G_MAXUINT32
#define LAD_DRAM_NEVER   G_MAXUINT64
/* Most banks of a channel: they are kept track of in one word. */
#define LAD_DRAM_MAX_BANKS 64
#define LAD_DRAM_FAW       4 /* activates that tFAW counts */
#define LAD_DRAM_HASH      512

/* A line asked for: waiting in front of its channel, or accepted. */
typedef struct {
    guint64 line;    /* address / 64 */
    guint64 arrival; /* cycle */
    guint64 age;     /* by order of acceptance */
    guint32 row;
    guint32 ticket;
    guint32 next_hash;   /* with the same hash, accepted and not issued; or the next free one */
    guint32 next_merged; /* read of the same line that this one's data answer */
    guint8 bank;         /* in the channel: (rank x groups + group) x banks + bank */
    guint8 channel;
    guint8 write;
    guint8 active; /* its row was opened for it */
    guint8 quick;  /* a read that a waiting write may answer */
} LadDramLine;

/* Earliest cycles of commands; the largest of those that apply counts. */
typedef struct {
    guint64 act, pre, read, write;
    guint32 row;
    guint32 n_cas;      /* since the row was opened */
    guint8 rank, group; /* the group's number in the channel */
} LadDramBank;

typedef struct {
    guint64 act, read, write;
} LadDramGroup;

typedef struct {
    guint64 act, read, write;
    guint64 faw[LAD_DRAM_FAW]; /* activates, oldest at `oldest` */
    guint oldest;
    guint64 pre;     /* tPPD */
    guint64 refresh; /* earliest REF */
    guint64 due;     /* next refresh */
    guint n_open;
} LadDramRank;

typedef enum {
    LAD_DRAM_NONE,
    LAD_DRAM_ACT,
    LAD_DRAM_PRE,
    LAD_DRAM_READ,
    LAD_DRAM_WRITE
} LadDramKind;

/* A command that can issue, and for which line. */
typedef struct {
    LadDramKind kind;
    guint bank;
    guint32 line;
} LadDramCommand;

/* A line that will be done. */
typedef struct {
    guint64 cycle;
    guint32 ticket;
} LadDramEnd;

typedef struct LadDramChannel LadDramChannel;

typedef struct {
    /* Cycles by which a command precedes an offer of the same cycle. */
    guint lag;
    void *(*state_new)(LadDramChannel *channel);
    void (*state_free)(void *state);
    /* Whether the queue that the line needs has room. */
    gboolean (*has_room)(const LadDramChannel *channel, gboolean write);
    /* Take a line in that is accepted at `cycle`; lowers channel->next and channel->next_cas. */
    void (*take)(LadDramChannel *channel, guint32 line, guint64 cycle);
    /* One cycle: issue what can issue, set channel->next and channel->next_cas. */
    void (*step)(LadDramChannel *channel, guint64 cycle);
    gboolean merges_reads;       /* a read of a line that a waiting read asks for joins it */
    gboolean forwards_when_full; /* from waiting writes, whether or not the queue has room */
} LadDramRules;

struct LadDramChannel {
    LadDram *dram;
    const LadDramConfig *config;
    const LadDramRules *rules;
    void *state;            /* of the rules */
    guint64 next;           /* cycle of the next step */
    guint64 next_cas;       /* no RD before it */
    guint64 bus;            /* the command bus is free from here on */
    guint n_reads, n_lines; /* accepted and not issued */
    guint n_banks, banks_per_rank;
    guint64 refresh_due;                      /* earliest of the ranks' */
    guint32 refreshing;                       /* ranks that wait for a refresh, a bit each */
    guint8 refresh_order[LAD_DRAM_MAX_BANKS]; /* the ranks that wait, first come first */
    guint n_refreshing;
    LadDramBank banks[LAD_DRAM_MAX_BANKS];
    LadDramGroup groups[LAD_DRAM_MAX_BANKS];
    LadDramRank ranks[LAD_DRAM_MAX_BANKS];
    guint32 hash[LAD_DRAM_HASH];     /* of accepted lines by address */
    guint32 n_writes[LAD_DRAM_HASH]; /* asked for and not issued, by the same hash */
    LadDramEnd *ends;                /* ring by rising cycle: [first_end, last_end) modulo size */
    guint first_end, last_end, end_mask;
};

struct LadDram {
    LadDramConfig config;
    guint64 *counters;
    LadDramLine *lines;
    guint32 n_lines, free_line;
    guint64 age;
    struct LadDramFronts *fronts;
    struct LadDramMap *map;
    LadDramChannel *channels;
};

extern const LadDramRules lad_dram_fr_fcfs;
extern const LadDramRules lad_dram_bank_turns;

/* ---- channel.c: the banks ---- */

void lad_dram_channel_init(LadDramChannel *channel, LadDram *dram);
void lad_dram_channel_clear(LadDramChannel *channel);
/* Offer a line at `cycle`, to which the channel must have been brought. FALSE: no room. */
gboolean lad_dram_channel_offer(LadDramChannel *channel, guint32 line, guint64 cycle);
/* Do all that happens before `cycle`. */
void lad_dram_channel_advance(LadDramChannel *channel, guint64 cycle);
/* Add a line's end. */
void lad_dram_channel_end(LadDramChannel *channel, guint64 cycle, guint32 ticket);

/* Issue a command at `cycle`; a RD or WR takes its line out of the books. */
void lad_dram_issue(LadDramChannel *channel, const LadDramCommand *command, guint64 cycle);
void lad_dram_precharge_rank(LadDramChannel *channel, guint rank, guint64 cycle);
void lad_dram_refresh(LadDramChannel *channel, guint rank, guint64 cycle);
/* Put the ranks whose refresh has become due in line. */
void lad_dram_note_refreshes(LadDramChannel *channel, guint64 cycle);
/* A write has been asked for. */
void lad_dram_note_write(LadDramChannel *channel, guint64 line);
/* Whether one with this address may be waiting. */
gboolean lad_dram_may_be_written(const LadDramChannel *channel, guint64 line);
/* The first waiting line with this address that is a read, or a write; LAD_DRAM_NO_LINE. */
guint32 lad_dram_find(const LadDramChannel *channel, guint64 line, gboolean write);
/* After a RD or WR under a closed-page policy. */
void lad_dram_auto_precharge(LadDramChannel *channel, guint bank);

static inline guint64
lad_dram_earliest_act(const LadDramChannel *channel, const LadDramBank *bank)
{
    const LadDramRank *rank = &channel->ranks[bank->rank];
    guint64 at = MAX(bank->act, channel->groups[bank->group].act);
    at = MAX(at, MAX(rank->act, rank->faw[rank->oldest]));
    return MAX(at, channel->bus);
}

static inline guint64
lad_dram_earliest_pre(const LadDramChannel *channel, const LadDramBank *bank)
{
    return MAX(MAX(bank->pre, channel->ranks[bank->rank].pre), channel->bus);
}

static inline guint64
lad_dram_earliest_read(const LadDramChannel *channel, const LadDramBank *bank)
{
    guint64 at = MAX(channel->groups[bank->group].read, channel->ranks[bank->rank].read);
    return MAX(MAX(bank->read, at), channel->bus);
}

static inline guint64
lad_dram_earliest_write(const LadDramChannel *channel, const LadDramBank *bank)
{
    guint64 at = MAX(channel->groups[bank->group].write, channel->ranks[bank->rank].write);
    return MAX(MAX(bank->write, at), channel->bus);
}

/* ---- map.c ---- */

struct LadDramMap *lad_dram_map_new(const LadDramConfig *config, const char *const *map,
                                    GError **error);
void lad_dram_map_free(struct LadDramMap *map);
/* Fills channel, bank and row of a line from its address. */
void lad_dram_map(const struct LadDramMap *map, guint64 address, LadDramLine *line);

#endif
