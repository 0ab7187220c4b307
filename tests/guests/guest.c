/* guest.c - a program to be recorded by the tests of capture, with accesses that are known.
 *
 *   guest MODE FILE [ARG]     writes what the test must know to FILE, then does what MODE says
 *
 * The accesses that matter are single instructions on `area`, whose address goes to FILE.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define AREA_BYTES 65536
#define ROUNDS     1000

extern char **environ;
static _Alignas(4096) char area[AREA_BYTES];
static sigjmp_buf again;
static uint64_t before_fault, after_fault;

/* 8-byte loads, 64 bytes apart. */
static void
stream(void)
{
    for (long i = 0; i < ROUNDS; i++)
        __asm__ volatile("movq (%0,%1), %%rax" : : "r"(area), "r"(i * 64) : "rax", "memory");
}

/* As many loads, each from where the last one says. */
static void
chase(void)
{
    char *at = area;

    for (long i = 0; i < ROUNDS; i++)
        *(char **)(void *)(area + i * 64) = area + (i + 1) * 64;
    for (long i = 0; i < ROUNDS; i++)
        __asm__ volatile("movq (%0), %0" : "+r"(at) : : "memory");
}

/* One of each kind of access, in the order that the test lists. */
static void
kinds(void)
{
    uint64_t one = 1;
    const char *from = area + 512;
    char *to = area + 1024;
    unsigned long n = 5, none = 0;

    __asm__ volatile("addq $1, (%0)" : : "r"(area) : "memory");
    __asm__ volatile("lock xaddq %0, (%1)" : "+r"(one) : "r"(area + 8) : "memory");
    __asm__ volatile("xchgl %%eax, (%0)" : : "r"(area + 16) : "eax", "memory");
    __asm__ volatile("movaps (%0), %%xmm1" : : "r"(area + 64) : "xmm1", "memory");
    __asm__ volatile("movaps %%xmm1, (%0)" : : "r"(area + 80) : "memory");
    __asm__ volatile("lock cmpxchg16b (%0)"
                     :
                     : "r"(area + 96), "a"(0L), "d"(0L), "b"(0L), "c"(0L)
                     : "memory");
    __asm__ volatile("movzbl (%0), %%eax" : : "r"(area + 131) : "eax", "memory");
    __asm__ volatile("cmovneq (%0), %%rax" : : "r"(area + 136) : "rax", "memory");
    __asm__ volatile("prefetcht0 (%0)" : : "r"(area + 192) : "memory");
    __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(n) : : "memory");
    __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(none) : : "memory");
    __asm__ volatile("pushq (%0)\n\tpopq (%1)" : : "r"(area + 200), "r"(area + 208) : "memory");
}

static void
on_fault(int number)
{
    siglongjmp(again, number);
}

/* Faults in the middle of a block, `n` times: a store before and one after. */
static void
faults(long n)
{
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};

    sigaction(SIGSEGV, &action, NULL);
    for (volatile long i = 0; i < n; i++)
        if (sigsetjmp(again, 1) == 0)
            __asm__ volatile("incq %0\n\tmovq (%2), %%rax\n\tincq %1"
                             : "+m"(before_fault), "+m"(after_fault)
                             : "r"(8L)
                             : "rax", "memory");
}

static void *
thread(void *slot)
{
    for (long i = 0; i < ROUNDS; i++)
        __asm__ volatile("incq (%0)" : : "r"(slot) : "memory");
    return NULL;
}

static void
threads(long n)
{
    pthread_t ids[256];

    for (long i = 0; i < n; i++)
        if (pthread_create(&ids[i], NULL, thread, area + i * 128) != 0)
            exit(9);
    for (long i = 0; i < n; i++)
        pthread_join(ids[i], NULL);
}

static void
fork_child(const char *program)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (program != NULL)
            execl(program, program, (char *)NULL);
        thread(area + 4096);
        _exit(0);
    }
    waitpid(child, &status, 0);
    thread(area);
}

static void
map(const char *file)
{
    FILE *stream = fopen(file, "r");
    char *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fileno(stream), 0);

    fclose(stream);
    __asm__ volatile("movb (%0), %%al" : : "r"(mapped) : "al");
    munmap(mapped, 4096);
}

static int
report(const char *file, char **argv)
{
    FILE *stream = fopen(file, "w");

    if (stream == NULL)
        return 0;
    fprintf(stream, "%p %d", (void *)area, (int)getpid());
    for (int fd = 0; fd < 64; fd++)
        if (fd != fileno(stream) && lseek(fd, 0, SEEK_CUR) >= -1 && dup2(fd, fd) == fd)
            fprintf(stream, " fd%d", fd);
    fprintf(stream, " %s", argv[0]);
    for (char **variable = environ; *variable != NULL; variable++)
        fprintf(stream, " %s", *variable);
    return fclose(stream) == 0;
}

int
main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    long n = argc > 3 ? atol(argv[3]) : 0;

    if (argc < 3 || !report(argv[2], argv))
        return 8;
    if (strcmp(mode, "stream") == 0)
        stream();
    else if (strcmp(mode, "chase") == 0)
        chase();
    else if (strcmp(mode, "kinds") == 0)
        kinds();
    else if (strcmp(mode, "faults") == 0)
        faults(n);
    else if (strcmp(mode, "threads") == 0)
        threads(n);
    else if (strcmp(mode, "fork") == 0)
        fork_child(argc > 3 ? argv[3] : NULL);
    else if (strcmp(mode, "exec") == 0)
        execl(argv[3], argv[3], (char *)NULL);
    else if (strcmp(mode, "map") == 0)
        map(argv[3]);
    else if (strcmp(mode, "kill") == 0) {
        stream();
        kill(getpid(), (int)n);
        pause();
    } else if (strcmp(mode, "null") == 0) {
        stream();
        __asm__ volatile("movl $1, (%0)" : : "r"(8L) : "memory");
    } else if (strcmp(mode, "spin") == 0) {
        for (;;)
            stream();
    } else if (strcmp(mode, "close") == 0) {
        for (int fd = 0; fd < 1024; fd++)
            close(fd);
        threads(3);
        stream();
    } else if (strcmp(mode, "status") == 0)
        return (int)n;
    return 0;
}
