/* sources.h - the traces that a profile looks at: their streams, their address spaces, their order.
 *
 * Processes of different traces, and of different hosts of one, are different. What they share is
 * told by the traces' map records: a *place* is a byte of a process or of a file, so that code
 * which several processes map is at the same place for all of them.
 */
#ifndef LAD_PROFILE_SOURCES_H
#define LAD_PROFILE_SOURCES_H

#include <memladder/trace.h>
#include "traces/toolbox/toolbox.h"

G_BEGIN_DECLS

typedef struct {
    LadTraceReader *reader;
    char *path;
} LadProfileTrace;

typedef struct {
    guint trace;  /* index in `traces` */
    guint stream; /* number in it */
    guint space;  /* address space, from 0 */
    const LadStreamInfo *info;
} LadProfileStream;

typedef struct LadProfileSpace LadProfileSpace;

typedef struct {
    GArray *traces;    /* LadProfileTrace */
    GArray *streams;   /* LadProfileStream; those that are looked at */
    GPtrArray *spaces; /* of LadProfileSpace */
    GHashTable *files; /* "host:name" to owner + 1 */
    guint n_owners;    /* spaces and files */
    gboolean physical; /* all processes have one address space */
} LadProfileSources;

/* Opens `paths` (NULL-terminated), with all their streams. Errors: IO, TRACE; USAGE if traces of
 * different levels or address spaces are given, or one of allocator calls. */
LadProfileSources *lad_profile_sources_open(const char *const *paths, LadTraceFlags flags,
                                            GError **error);
void lad_profile_sources_free(LadProfileSources *sources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadProfileSources, lad_profile_sources_free)

/* Keeps only those streams of every trace whose number is below `n` and in the set `in`. Errors:
 * USAGE if there are none. */
gboolean lad_profile_sources_keep(LadProfileSources *sources, const gboolean *in, guint n,
                                  GError **error);
/* The most streams that one of the traces has. */
guint lad_profile_sources_most_streams(const LadProfileSources *sources);
const LadTraceHeader *lad_profile_sources_header(const LadProfileSources *sources, guint trace);
LadTraceLevel lad_profile_sources_level(const LadProfileSources *sources);
/* Instructions and data accesses of all streams. */
guint64 lad_profile_sources_references(const LadProfileSources *sources);
/* What the first trace that is a sample says of itself, or NULL: then all are whole. */
const char *lad_profile_sources_sampled(const LadProfileSources *sources);

/* ---- Places -----------------------------------------------------------------------------------
 */

#define LAD_PLACE_BITS   52 /* of the byte; the owner's number is above them */
#define LAD_PLACE_OWNERS 4096

/* Takes note of a map, unmap or fork record of a stream; others are passed over. Private mappings
 * of a file that may be written are the process's own. Errors: UNSUPPORTED with more processes and
 * files than a place can name. */
gboolean lad_profile_map(LadProfileSources *sources, const LadProfileStream *stream,
                         const LadRecord *record, GError **error);
/* The place of a byte of the stream's process. */
guint64 lad_profile_place(LadProfileSources *sources, const LadProfileStream *stream,
                          guint64 address);
/* How often the space's maps have changed: places of code that were computed before may be stale.
 */
guint64 lad_profile_maps_epoch(const LadProfileSources *sources, const LadProfileStream *stream);

/* ---- Order ------------------------------------------------------------------------------------
 */

typedef enum {
    LAD_PROFILE_APART,    /* one stream after the other */
    LAD_PROFILE_RECORDED, /* as the traces tell: turns, else time stamps, else in rounds */
    LAD_PROFILE_ROUNDS,   /* each stream in turn for `quantum` references */
} LadProfileOrder;

/* Tokens [first, end) of a batch, which follow one another. */
typedef struct {
    const LadProfileStream *stream;
    guint index; /* of the stream in `streams` */
    const LadBatch *batch;
    guint32 first, end;
    const guint64 *addresses; /* of the operands of `first` */
    gsize n_addresses;
} LadStretch;

typedef gboolean (*LadStretchFunc)(gpointer data, const LadStretch *stretch, GError **error);

/* Everything, in order. `progress` may be NULL. Errors: TRACE, IO, those of the functions. */
gboolean lad_profile_replay(LadProfileSources *sources, LadProfileOrder order, guint64 quantum,
                            LadStretchFunc take, gpointer data, const LadToolboxProgress *progress,
                            GError **error);

G_END_DECLS
#endif
