/* main.c - the program: finds the subcommand and turns its error into an exit status. */
#include "config.h"
#include <memladder/error.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    fputs("usage: memladder COMMAND\n", stderr);
    return 2;
}
