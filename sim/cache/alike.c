/* alike.c - see alike.h. */
#include "config.h"
#include "sim/cache/alike.h"
#include "sim/base/mapped.h"

#define OFFSET_BITS 36 /* of a page; a file's number or a process's is above */
#define OF_FILE     ((guint64)1 << 63)

struct LadAlike {
    GPtrArray *processes; /* of GArray, by process; NULL: not begun */
    GHashTable *files;    /* name to number + 1 */
    guint n_files;        /* shared memory without a name included */
    GHashTable *children; /* of forks: which, to GArray */
};

static void
unref_array(gpointer data)
{
    if (data != NULL)
        g_array_unref(data);
}

LadAlike *
lad_alike_new(void)
{
    LadAlike *mappings = g_new0(LadAlike, 1);
    mappings->processes = g_ptr_array_new_with_free_func(unref_array);
    mappings->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mappings->children = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_array);
    return mappings;
}

void
lad_alike_free(LadAlike *mappings)
{
    if (mappings == NULL)
        return;
    g_ptr_array_unref(mappings->processes);
    g_hash_table_unref(mappings->files);
    g_hash_table_unref(mappings->children);
    g_free(mappings);
}

/* Process numbers of a trace, of one of its copies. */
static char *
child_key(const LadThread *thread, guint64 process)
{
    return g_strdup_printf("%p %" G_GINT64_MODIFIER "x %" G_GUINT64_FORMAT, (void *)thread->trace,
                           thread->address_offset, process);
}

static GArray *
copy_of(const GArray *mapped)
{
    GArray *copy = lad_mapped_new();
    if (mapped->len > 0)
        g_array_append_vals(copy, mapped->data, mapped->len);
    return copy;
}

void
lad_alike_begin(LadAlike *mappings, const LadThread *thread)
{
    const guint id = thread->process->id;
    if (id >= mappings->processes->len)
        g_ptr_array_set_size(mappings->processes, (gint)id + 1);
    if (mappings->processes->pdata[id] != NULL)
        return;
    g_autofree char *key = child_key(thread, thread->process->origin_process);
    const GArray *inherited = g_hash_table_lookup(mappings->children, key);
    mappings->processes->pdata[id] = inherited != NULL ? copy_of(inherited) : lad_mapped_new();
}

static guint
number_of(LadAlike *mappings, const char *name)
{
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(mappings->files, name));
    if (known != 0)
        return known - 1;
    g_hash_table_insert(mappings->files, g_strdup(name), GUINT_TO_POINTER(mappings->n_files + 1));
    return mappings->n_files++;
}

void
lad_alike_record(LadAlike *mappings, const LadThread *thread, const LadRecord *record)
{
    lad_alike_begin(mappings, thread);
    GArray *mapped = mappings->processes->pdata[thread->process->id];
    if (record->kind == LAD_RECORD_FORK) {
        g_hash_table_replace(mappings->children, child_key(thread, record->value), copy_of(mapped));
        return;
    }
    if ((record->kind != LAD_RECORD_MAP && record->kind != LAD_RECORD_UNMAP) ||
        (record->kind == LAD_RECORD_MAP && record->flags & LAD_MAP_CHANGE))
        return;
    const guint64 address = record->address + thread->address_offset;
    LadMapped range = {.start = address >> LAD_PAGE_SHIFT,
                       .end = (address + record->size + LAD_PAGE_BYTES - 1) >> LAD_PAGE_SHIFT};
    lad_mapped_cut(mapped, range.start, range.end);
    if (record->kind == LAD_RECORD_UNMAP)
        return;
    if (!(record->flags & LAD_MAP_ANONYMOUS) && record->text != NULL && *record->text != '\0') {
        range.owner = number_of(mappings, record->text);
        range.offset = record->value >> LAD_PAGE_SHIFT;
        lad_mapped_add(mapped, &range);
    } else if (record->flags & LAD_MAP_SHARED) {
        range.owner = mappings->n_files++;
        lad_mapped_add(mapped, &range);
    }
}

guint64
lad_alike_translate(void *data, guint process, guint64 vpage)
{
    const LadAlike *mappings = data;
    if (process < mappings->processes->len && mappings->processes->pdata[process] != NULL) {
        LadMapped found = lad_mapped_find(mappings->processes->pdata[process], vpage);
        if (found.owner != LAD_MAPPED_NOTHING)
            return OF_FILE | (guint64)found.owner << OFFSET_BITS |
                   (found.offset + (vpage - found.start));
    }
    return (guint64)process << OFFSET_BITS | vpage;
}
