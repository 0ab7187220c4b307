/* make_loop_trace.c - make_loop_trace OUT ITERATIONS SPAN: a small trace for command-line tests.
 * One stream, one load per iteration, 64 bytes apart, over SPAN bytes.
 */
#include "config.h"
#include "tests/unit/loop_trace.h"
#include <stdlib.h>

int
main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    LoopStream loads = {.process = 1,
                        .pc = 0x400000,
                        .base = 0x10000000,
                        .stride = 64,
                        .span = strtoull(argv[3], NULL, 10),
                        .n = (guint)strtoul(argv[2], NULL, 10)};
    loop_trace_write(argv[1], &loads, 1);
    return 0;
}
