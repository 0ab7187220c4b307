/* steady.c - a program without a C library that does exactly the same in every run, for recordings
 * that are compared with each other.
 *
 *   steady work      loops over memory by all kinds of access, calls, a mapping that comes and goes
 *   steady die       the same, and ends by SIGKILL
 *   steady content   fills pages at CONTENT, as the test does, then works
 *   steady maps      changes its mappings in every way
 */
#include <linux/mman.h>
#include <stdint.h>
#include <sys/syscall.h>

#define AREA_BYTES    (1 << 18)
#define CONTENT       0x10000000L
#define CONTENT_PAGES 3
#define PAGE          4096L
#define MAPS          0x20000000L

void run(long *stack);
static _Alignas(4096) char area[AREA_BYTES];
static uint64_t random_state = 88172645463325252u;

__asm__(".globl _start\n_start:\n\tmovq %rsp, %rdi\n\tandq $-16, %rsp\n\tcall run\n");

static long
call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static uint64_t
next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static __attribute__((noinline)) long
fibonacci(long n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

/* One round has loads, stores, modifies, wide, locked, string and stack accesses. */
static __attribute__((noinline)) void
round_of_work(char *at)
{
    const char *from = at + 256;
    const char *other = at + 264;
    char *to = at + 512;
    unsigned long n = 20, m = 9;

    __asm__ volatile("addq $1, (%0)" : : "r"(at) : "memory");
    __asm__ volatile("lock incl (%0)" : : "r"(at + 8) : "memory");
    __asm__ volatile("movaps (%0), %%xmm1\n\tmovups %%xmm1, 40(%0)" : : "r"(at) : "xmm1", "memory");
    __asm__ volatile("movq 4092(%0), %%rax" : : "r"(at) : "rax", "memory");
    __asm__ volatile("cld\n\trep movsb" : "+S"(from), "+D"(to), "+c"(n) : : "memory");
    from = at + 256;
    __asm__ volatile("repe cmpsb" : "+S"(from), "+D"(other), "+c"(m) : : "memory", "cc");
    to = at + 600;
    n = 5;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(0L) : "memory");
    __asm__ volatile("fxsave (%0)\n\tfxrstor (%0)" : : "r"(at + 1024) : "memory");
}

static void
work(long rounds)
{
    for (long i = 0; i < rounds; i++) {
        round_of_work(area + next_random() % (AREA_BYTES / PAGE - 1) * PAGE);
        if (i % 64 == 0)
            area[i % AREA_BYTES] = (char)fibonacci(9);
        if (i % 500 == 499) {
            char *fresh =
                (char *)call(SYS_mmap, 0, 4 * PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            for (long k = 0; k < 4; k++)
                fresh[k * PAGE] = (char)i;
            call(SYS_munmap, (long)fresh, 4 * PAGE, 0, 0, 0, 0);
        }
    }
}

/* Page 0 stays zero, page 1 is one sentence over and over, page 2 is random. */
static void
fill(void)
{
    static const char text[] = "A page that a program has written. ";
    char *page = (char *)CONTENT;

    call(SYS_mmap, CONTENT, CONTENT_PAGES * PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
         0);
    page[0] = 0;
    for (long i = 0; i < PAGE; i++)
        page[PAGE + i] = text[i % (long)(sizeof text - 1)];
    for (long i = 0; i < PAGE; i += 8)
        *(uint64_t *)(void *)(page + 2 * PAGE + i) = next_random();
}

static long
map_at(long address, long pages, long flags)
{
    return call(SYS_mmap, address, pages * PAGE, 3, MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
}

static void
maps(void)
{
    long brk = call(SYS_brk, 0, 0, 0, 0, 0, 0), id;

    call(SYS_brk, brk + 5 * PAGE, 0, 0, 0, 0, 0);
    call(SYS_brk, brk + 2 * PAGE, 0, 0, 0, 0, 0);
    map_at(MAPS, 8, MAP_SHARED);
    call(SYS_mremap, MAPS, 8 * PAGE, 3 * PAGE, 0, 0, 0);
    call(SYS_mremap, MAPS, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, MAPS + 64 * PAGE, 0);
    map_at(MAPS + 1024 * PAGE, 1024, MAP_PRIVATE);
    call(SYS_madvise, MAPS + 1024 * PAGE, 512 * PAGE, MADV_HUGEPAGE, 0, 0, 0);
    call(SYS_munmap, MAPS + 1500 * PAGE, 8 * PAGE, 0, 0, 0, 0);
    id = call(SYS_shmget, 0, 2 * PAGE, 01600, 0, 0, 0);
    if (id >= 0) {
        long at = call(SYS_shmat, id, 0, 0, 0, 0, 0);
        call(SYS_shmdt, at, 0, 0, 0, 0, 0);
        call(SYS_shmctl, id, 0, 0, 0, 0, 0);
    }
}

void
run(long *stack)
{
    const char *mode = stack[0] > 1 ? (const char *)stack[2] : "work";

    if (mode[0] == 'c')
        fill();
    if (mode[0] == 'm')
        maps();
    else
        work(4000);
    if (mode[0] == 'd')
        call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0, 0, 0), 9, 0, 0, 0, 0);
    call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}
