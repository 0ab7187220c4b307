/* machine.h - running a profile's traces on a machine, for what needs misses. */
#ifndef LAD_PROFILE_MACHINE_H
#define LAD_PROFILE_MACHINE_H

#include <memladder/run.h>
#include "analysis/profile/findings.h"
#include "analysis/profile/sources.h"

G_BEGIN_DECLS

#define LAD_PROFILE_MACHINE "machines/memprof-gen4.conf"

typedef struct {
    const char *machine; /* its file; NULL: LAD_PROFILE_MACHINE, with a core for each stream and the
                          * last level's share of it for each core */
    char *const *sets;   /* "group.key=value", NULL-terminated, last; may be NULL */
    const char *prefetchers;          /* file with them, beside the machine's own; NULL: none */
    const char *standard_prefetchers; /* the same, but only where the machine has none */
    gboolean no_prefetchers;          /* leave them out, whoever has them */
} LadProfileMachine;

typedef struct LadProfileRun LadProfileRun;

/* A run of the traces, whole, to its end; `watch` may be NULL. Errors: those of runs, of `progress`
 * (NULL: none). */
LadProfileRun *lad_profile_run(const LadProfileMachine *machine, const LadProfileSources *sources,
                               const LadModels *models, const LadWatch *watch,
                               const LadToolboxProgress *progress, GError **error);
/* The same in two steps, for a watch that asks the run for its counters. */
LadProfileRun *lad_profile_run_begin(const LadProfileMachine *machine,
                                     const LadProfileSources *sources, const LadModels *models,
                                     const LadWatch *watch, GError **error);
gboolean lad_profile_run_finish(LadProfileRun *run, const LadToolboxProgress *progress,
                                GError **error);
void lad_profile_run_free(LadProfileRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadProfileRun, lad_profile_run_free)

const LadRun *lad_profile_run_get(const LadProfileRun *run);
/* Sum of a counter over the measured phase, over all parts of configuration group `group`
 * ("cache.l2": cache_l2 of every core); 0 if there is none. */
guint64 lad_profile_run_sum(const LadProfileRun *run, const char *group, const char *counter);
/* The same as a part begins: "core", "tier_". */
guint64 lad_profile_run_sum_parts(const LadProfileRun *run, const char *prefix,
                                  const char *counter);
/* Groups "cache.NAME" or "tlb.NAME" of the machine, in order of the file; g_strfreev. */
char **lad_profile_run_groups(const LadProfileRun *run, const char *kind);
/* A setting as it was written, or NULL; of the machine or of its prefetchers. */
const char *lad_profile_run_setting(const LadProfileRun *run, const char *group, const char *key);
/* Says on which machine figures were got. */
void lad_profile_run_tell(const LadProfileRun *run, LadFindings *findings);

G_END_DECLS
#endif
