/* filemap.c - which logical page holds which page of a file, so that processes share it. */
#include "config.h"
#include "sim/kernel/state.h"

#define CHUNK 512 /* pages of a file that are entered together */

struct LadFile {
    GPtrArray *chunks; /* of LadPage[CHUNK], NULL where nothing is held */
};

guint32
lad_file_intern(LadKernel *kernel, const char *name)
{
    gpointer known = g_hash_table_lookup(kernel->file_names, name);
    if (known)
        return GPOINTER_TO_UINT(known);
    LadFile *file = g_new0(LadFile, 1);
    file->chunks = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(kernel->files, file);
    guint index = kernel->files->len - 1;
    g_hash_table_insert(kernel->file_names, g_strdup(name), GUINT_TO_POINTER(index));
    return index;
}

static LadPage *
slot(const LadKernel *kernel, guint32 file, guint64 offset)
{
    const LadFile *held = g_ptr_array_index(kernel->files, file);
    if (offset / CHUNK >= held->chunks->len)
        return NULL;
    LadPage *chunk = g_ptr_array_index(held->chunks, offset / CHUNK);
    return chunk ? &chunk[offset % CHUNK] : NULL;
}

LadPage
lad_file_find(const LadKernel *kernel, guint32 file, guint64 offset)
{
    const LadPage *page = slot(kernel, file, offset);
    return page ? *page : LAD_PAGE_NONE;
}

void
lad_file_enter(LadKernel *kernel, guint32 file, guint64 offset, LadPage page)
{
    LadFile *held = g_ptr_array_index(kernel->files, file);
    if (offset / CHUNK >= held->chunks->len)
        g_ptr_array_set_size(held->chunks, (gint)(offset / CHUNK + 1));
    if (!slot(kernel, file, offset)) {
        LadPage *chunk = g_new(LadPage, CHUNK);
        for (guint i = 0; i < CHUNK; i++)
            chunk[i] = LAD_PAGE_NONE;
        held->chunks->pdata[offset / CHUNK] = chunk;
    }
    *slot(kernel, file, offset) = page;
}

void
lad_file_free(LadFile *file)
{
    if (!file)
        return;
    g_ptr_array_free(file->chunks, TRUE);
    g_free(file);
}
