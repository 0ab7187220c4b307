/* synth.h - traces generated from a configuration.
 *
 * A configuration has [synth] and one [pattern.NAME] per kind of access pattern used; each
 * pattern's options come from its table. The same configuration and seed give the same bytes.
 */
#ifndef MEMLADDER_SYNTH_H
#define MEMLADDER_SYNTH_H

#include <memladder/configuration.h>
#include <memladder/trace.h>

G_BEGIN_DECLS

/* One kind of access pattern, as `pattern = NAME` in a group [pattern.*] asks for it. */
typedef struct {
    const char *name;
    const char *summary;      /* one line */
    const char *models;       /* what it does; sentences */
    const char *leaves_out;   /* sentences */
    const char *source;       /* where the rules come from */
    const LadOption *options; /* ends with LAD_OPTIONS_END */
    size_t params_size;
} LadSynthPattern;

/* All of them, ended by NULL. */
extern const LadSynthPattern *const lad_synth_patterns[];

/* The options of [synth], for documentation. */
extern const LadOption lad_synth_options[];

/* Asked now and then with the references written so far and in all (0: unknown); FALSE with `error`
 * set stops the generation. */
typedef gboolean (*LadSynthProgress)(gpointer data, guint64 done, guint64 total, GError **error);

/* Generates what `config` says into the trace `output` ("-": standard output). `jobs` threads (0:
 * one per processor) do what can be done side by side; the bytes do not depend on it. `options` and
 * `progress` may be NULL. On failure nothing appears under `output`. Errors: CONFIG, IO, CAPACITY,
 * what `progress` sets. */
gboolean lad_synth_run(LadConfig *config, const char *output, guint jobs,
                       const LadTraceWriterOptions *options, LadSynthProgress progress,
                       gpointer data, GError **error);

G_END_DECLS
#endif
