/* program.c - finds the program to record, the emulator and the plugin, or says what is wrong. */
#include "config.h"
#include "traces/capture/program.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN_FILE "memladder-capture.so"

static gboolean
refuse(const char *path, const char *why, GError **error)
{
    g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "capture: %s %s", path, why);
    return FALSE;
}

static gboolean
check_image(const char *path, const guint8 *image, gsize n, GError **error)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)image;

    if (n >= 2 && image[0] == '#' && image[1] == '!') {
        const char *end = memchr(image, '\n', n);
        g_autofree char *line = g_strndup(
            (const char *)image + 2, end != NULL ? (gsize)(end - (const char *)image) - 2 : n - 2);
        g_autofree char *interpreter = g_utf8_make_valid(g_strstrip(line), -1);
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "capture: %s is a script; record its interpreter instead: memladder capture "
                    "-o TRACE -- %s %s",
                    path, interpreter, path);
        return FALSE;
    }
    if (n < sizeof *header || memcmp(image, ELFMAG, SELFMAG) != 0)
        return refuse(path, "is not a program (expected an ELF file for x86-64)", error);
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE,
                    "capture: %s is for another processor (ELF class %u, machine %u; expected "
                    "64-bit x86-64)",
                    path, header->e_ident[EI_CLASS], header->e_machine);
        return FALSE;
    }
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return refuse(path, "is an object file or a core dump, not a program", error);
    return TRUE;
}

static gboolean
check_program(const char *path, GError **error)
{
    _Alignas(Elf64_Ehdr) guint8 image[256];
    struct stat status;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) != 0) {
        g_set_error(error, LAD_ERROR, LAD_ERROR_USAGE, "capture: cannot read the program %s: %s",
                    path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    n = read(fd, image, sizeof image);
    close(fd);
    if (!S_ISREG(status.st_mode))
        return refuse(path, "is not a regular file (expected an ELF program for x86-64)", error);
    if (((status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid()) ||
        ((status.st_mode & S_ISGID) != 0 && status.st_gid != getegid()))
        return refuse(path,
                      "runs with another user's or group's rights (set-user-ID), which the "
                      "emulator cannot give it",
                      error);
    return check_image(path, image, n < 0 ? 0 : (gsize)n, error);
}

char *
lad_capture_find_program(const char *name, GError **error)
{
    g_autofree char *path = g_find_program_in_path(name);

    if (path == NULL) {
        if (strchr(name, '/') != NULL && g_file_test(name, G_FILE_TEST_IS_DIR))
            refuse(name, "is a directory, not a program", error);
        else if (strchr(name, '/') != NULL && g_file_test(name, G_FILE_TEST_EXISTS))
            refuse(name, "may not be executed", error);
        else if (strchr(name, '/') != NULL)
            refuse(name, "does not exist", error);
        else
            refuse(name, "was not found in PATH", error);
        return NULL;
    }
    return check_program(path, error) ? g_steal_pointer(&path) : NULL;
}

char *
lad_capture_find_emulator(const char *name, GError **error)
{
    char *path = g_find_program_in_path(name != NULL ? name : "qemu-x86_64");

    if (path == NULL)
        g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                    "capture: %s was not found; install QEMU's user-mode emulator (Debian: "
                    "qemu-user) or name it with --emulator",
                    name != NULL ? name : "qemu-x86_64");
    return path;
}

char *
lad_capture_find_plugin(GError **error)
{
    const char *named = g_getenv("LAD_PLUGIN_DIR");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *beside = self != NULL ? g_path_get_dirname(self) : NULL;
    g_autofree char *libs = beside != NULL ? g_build_filename(beside, ".libs", NULL) : NULL;
    const char *const places[] = {named, beside, libs, LAD_PKGLIBEXECDIR};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path =
            places[i] != NULL ? g_build_filename(places[i], PLUGIN_FILE, NULL) : NULL;
        if (path != NULL && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_canonicalize_filename(path, NULL);
    }
    g_set_error(error, LAD_ERROR, LAD_ERROR_UNSUPPORTED,
                "capture: the plugin %s is not in %s; install memladder, or name its directory in "
                "LAD_PLUGIN_DIR",
                PLUGIN_FILE, LAD_PKGLIBEXECDIR);
    return NULL;
}

char *
lad_capture_emulator_version(const char *emulator)
{
    const char *arguments[] = {emulator, "--version", NULL};
    g_autofree char *text = NULL;

    if (!g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
                      NULL, NULL, NULL) ||
        text == NULL)
        return g_strdup("");
    text[strcspn(text, "\n")] = 0;
    return g_utf8_make_valid(text, -1);
}
