/* champsim_registers.h - ChampSim's register numbers and ours, for reading and writing its traces.
 */
#ifndef LAD_IMPORT_CHAMPSIM_REGISTERS_H
#define LAD_IMPORT_CHAMPSIM_REGISTERS_H

#include <memladder/trace.h>

enum { LAD_CHAMPSIM_SP = 6, LAD_CHAMPSIM_FLAGS = 25, LAD_CHAMPSIM_IP = 26 };

/* Our register (one bit) of ChampSim's number; none for 0 and the instruction pointer. */
LadRegisters lad_champsim_from_number(guint8 number);
/* The number that comes back as bit `bit`. */
guint8 lad_champsim_to_number(guint bit);
/* The kind of branch (LadBranchKind), as ChampSim derives it from the registers alone. */
guint8 lad_champsim_branch(const guint8 *writes, guint n_writes, const guint8 *reads,
                           guint n_reads);

#endif
