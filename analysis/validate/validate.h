/* validate.h - the checks against measured and published figures, and the one table they fill.
 *
 * A group of checks is one file with one function and one line in the table of groups
 * (validate.c). It adds rows: where the figure comes from, what it is, what was measured, what we
 * get, the error, the aim. A figure that has no aim is reported only.
 */
#ifndef LAD_VALIDATE_H
#define LAD_VALIDATE_H

#include <glib.h>
#include <memladder/error.h>

typedef enum {
    LAD_AIM_NONE,     /* reported only */
    LAD_AIM_ABSOLUTE, /* |ours - measured| <= aim */
    LAD_AIM_RELATIVE, /* |ours - measured| <= aim x |measured|; of 0 it must be 0 */
    LAD_AIM_AT_LEAST, /* ours >= measured */
    LAD_AIM_AT_MOST,  /* ours <= measured */
} LadAimKind;

typedef enum {
    LAD_VERDICT_WITHIN,
    LAD_VERDICT_MISSED,
    LAD_VERDICT_REPORTED, /* no aim */
    LAD_VERDICT_SKIPPED,  /* its data are not here */
} LadVerdict;

/* Texts are the caller's; the table keeps copies. NAN: there is no such figure. */
typedef struct {
    const char *group;  /* filled by the table */
    const char *source; /* "Linux 6.1, tpp_zipf_r1" */
    const char *quantity;
    const char *unit; /* "1", "page", "ns" */
    double measured;  /* or published, or computed by hand */
    double ours;
    double low, high; /* range of ours over repeats; both NAN: one value */
    LadAimKind kind;
    double aim;
    const char *note;   /* NULL or why */
    LadVerdict verdict; /* filled by the table */
} LadValidateRow;

typedef struct LadValidate LadValidate;

typedef struct {
    const char *name;    /* of --only */
    const char *summary; /* one line */
    /* FALSE if a check cannot run: data that are not as they must be, a run that fails. */
    gboolean (*run)(LadValidate *validate, GError **error);
} LadValidateGroup;

/* NULL-terminated; one line each in validate.c. */
extern const LadValidateGroup *const lad_validate_groups[];

typedef struct {
    char **data;  /* folders besides the ones that come with the program; may be NULL */
    guint jobs;   /* runs side by side, at least 1 */
    guint phases; /* start phases of the kernel runs, at least 1 */
    /* Told what is being done; may be NULL. */
    void (*progress)(const char *text, void *data);
    void *progress_data;
} LadValidateOptions;

/* `options` is borrowed. */
LadValidate *lad_validate_new(const LadValidateOptions *options);
void lad_validate_free(LadValidate *validate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LadValidate, lad_validate_free)
gboolean lad_validate_run(LadValidate *validate, const LadValidateGroup *group, GError **error);

const LadValidateOptions *lad_validate_options(const LadValidate *validate);
/* Add a row of the group that runs. */
void lad_validate_add(LadValidate *validate, const LadValidateRow *row);
/* Add one of a single value: aim, the largest relative error; 0, reported only. */
void lad_validate_compare(LadValidate *validate, const char *source, const char *quantity,
                          const char *unit, double measured, double ours, double aim);
/* Add a row that says why a check was not made. */
void lad_validate_skip(LadValidate *validate, const char *source, const char *why);
void lad_validate_progress(const LadValidate *validate, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

guint lad_validate_n_rows(const LadValidate *validate);
const LadValidateRow *lad_validate_row(const LadValidate *validate, guint index);
/* Rows with this verdict. */
guint lad_validate_count(const LadValidate *validate, LadVerdict verdict);
/* (ours - measured), or that over measured for a relative aim. */
double lad_validate_error(const LadValidateRow *row);

/* Folders named `name` that exist: of --data DIR, DIR/name or DIR itself; then what comes with the
 * program, tests/data/name beside each folder of configurations. NULL-terminated, g_strfreev. */
char **lad_validate_folders(const LadValidate *validate, const char *name);
/* The first that comes with the program or --data; NULL: none (free with g_free). */
char *lad_validate_folder(const LadValidate *validate, const char *name);

/* Tables of all rows; free with g_free. */
char *lad_validate_text(const LadValidate *validate);
char *lad_validate_tsv(const LadValidate *validate);
char *lad_validate_json(const LadValidate *validate);

#endif
