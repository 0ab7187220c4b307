/* plugin_opcode.c - tells by their bytes the few x86-64 instructions that need care.
 *
 * QEMU 7.2 remembers, while it runs a function for an instruction, which callbacks that one has,
 * and forgets to forget it when the instruction leaves the emulated code (syscall, pause, a fault).
 * When all translated code is thrown away, what it remembers is freed memory, which the next
 * instruction uses that has no callback itself and whose function accesses memory. So instructions
 * of the first kind get no callback, since they have no data, and those of the second always have
 * one.
 */
#define _GNU_SOURCE
#include "traces/capture/plugin.h"

typedef struct {
    const uint8_t *byte, *end; /* behind the prefixes */
    bool locked, repeated;
} Bytes;

static Bytes
skip_prefixes(const struct qemu_plugin_insn *insn)
{
    Bytes bytes = {.byte = qemu_plugin_insn_data(insn)};

    for (bytes.end = bytes.byte + qemu_plugin_insn_size(insn); bytes.byte < bytes.end;
         bytes.byte++) {
        uint8_t byte = *bytes.byte;
        if (byte == 0xf0)
            bytes.locked = true;
        else if (byte == 0xf2 || byte == 0xf3)
            bytes.repeated = true;
        else if (byte != 0x66 && byte != 0x67 && byte != 0x2e && byte != 0x36 && byte != 0x3e &&
                 byte != 0x26 && (byte < 0x64 || byte > 0x65) && (byte < 0x40 || byte > 0x4f))
            break;
    }
    return bytes;
}

/* Behind 0f; `next` is the byte after the opcode. */
static LadOpcode
two_byte_opcode(uint8_t opcode, uint8_t next)
{
    switch (opcode) {
    case 0x05: /* syscall */
    case 0x0b: /* ud2 */
    case 0x34: /* sysenter */
        return LAD_OPCODE_NO_DATA;
    case 0xae:
        return LAD_OPCODE_SAVES_STATE;
    case 0xc7: /* xsavec and its like, or cmpxchg16b */
        return (next >> 3 & 7) >= 3 ? LAD_OPCODE_SAVES_STATE : LAD_OPCODE_BY_FUNCTION;
    case 0x00: /* descriptors and segments */
    case 0x01:
    case 0x02:
    case 0x03:
    case 0xa1:
    case 0xa9:
    case 0xb2:
    case 0xb4:
    case 0xb5:
    case 0xf7: /* maskmovq */
        return LAD_OPCODE_BY_FUNCTION;
    default:
        return LAD_OPCODE_ORDINARY;
    }
}

static LadOpcode
one_byte_opcode(uint8_t opcode, uint8_t next, bool repeated)
{
    switch (opcode) {
    case 0xa6:
    case 0xa7:
        return LAD_OPCODE_COMPARES_STRINGS;
    case 0xcc: /* int3, int, into, hlt */
    case 0xcd:
    case 0xce:
    case 0xf4:
        return LAD_OPCODE_NO_DATA;
    case 0x90:
        return repeated ? LAD_OPCODE_NO_DATA : LAD_OPCODE_ORDINARY; /* pause */
    case 0x86:                                                      /* xchg */
    case 0x87:
    case 0x8e: /* segments, far calls and returns */
    case 0xca:
    case 0xcb:
    case 0xcf:
    case 0xc4: /* with a VEX prefix: masked moves and gathers are among them */
    case 0xc5:
        return LAD_OPCODE_BY_FUNCTION;
    case 0xff: /* far calls and jumps */
        return (next >> 3 & 7) == 3 || (next >> 3 & 7) == 5 ? LAD_OPCODE_BY_FUNCTION
                                                            : LAD_OPCODE_ORDINARY;
    default:
        return opcode >= 0xd8 && opcode <= 0xdf ? LAD_OPCODE_BY_FUNCTION : LAD_OPCODE_ORDINARY;
    }
}

LadOpcode
lad_plugin_opcode(const struct qemu_plugin_insn *insn)
{
    Bytes bytes = skip_prefixes(insn);
    uint8_t following[2] = {0, 0};
    LadOpcode opcode;

    if (bytes.byte == bytes.end)
        return LAD_OPCODE_ORDINARY;
    for (int i = 0; i < 2 && bytes.end - bytes.byte > i + 1; i++)
        following[i] = bytes.byte[i + 1];
    if (*bytes.byte == 0x0f)
        opcode = two_byte_opcode(following[0], following[1]);
    else
        opcode = one_byte_opcode(*bytes.byte, following[0], bytes.repeated);
    return opcode == LAD_OPCODE_ORDINARY && bytes.locked ? LAD_OPCODE_BY_FUNCTION : opcode;
}

bool
lad_plugin_may_go_back(const struct qemu_plugin_insn *insn)
{
    Bytes bytes = skip_prefixes(insn);
    uint8_t opcode = bytes.byte < bytes.end ? *bytes.byte : 0;
    bool negative = (bytes.end[-1] & 0x80) != 0; /* a branch ends with its distance */

    switch (opcode) {
    case 0xff: /* calls and jumps through registers and memory; returns */
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcf:
        return true;
    case 0x0f:
        return bytes.end - bytes.byte < 2 ||
               (bytes.byte[1] >= 0x80 && bytes.byte[1] <= 0x8f ? negative : bytes.byte[1] == 0x05);
    case 0xe8: /* calls, jumps, loops */
    case 0xe9:
    case 0xeb:
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
        return negative;
    default:
        return opcode >= 0x70 && opcode <= 0x7f ? negative : bytes.repeated;
    }
}

void
lad_plugin_learn_store_bit(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 32; i++) {
        if (!qemu_plugin_mem_is_store((qemu_plugin_meminfo_t)1 << i))
            continue;
        lad_plugin.store_bit = (qemu_plugin_meminfo_t)1 << i;
        n++;
    }
    if (n != 1)
        lad_plugin.store_bit = 0;
}
