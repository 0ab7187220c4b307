/* toolbox.h - what the tools on traces share. */
#ifndef LAD_TOOLBOX_TOOLBOX_H
#define LAD_TOOLBOX_TOOLBOX_H

#include <memladder/trace.h>

/* Told after every stretch of work; FALSE with `error` set stops the tool. */
typedef struct {
    gboolean (*step)(gpointer data, guint64 references, GError **error); /* done since the last */
    gpointer data;
} LadToolboxProgress;

static inline gboolean
lad_toolbox_step(const LadToolboxProgress *progress, guint64 references, GError **error)
{
    return progress == NULL || progress->step(progress->data, references, error);
}

#endif
