/* drmemtrace_insn.c - what an instruction is, from its record's type, its length and its bytes. */
#include "config.h"
#include "traces/capture/describe_aarch64.h"
#include "traces/import/drmemtrace.h"

struct LadDrInsns {
    LadDescriber *x86;            /* NULL: another instruction set */
    LadDescriberAarch64 *aarch64; /* the same */
    GHashTable *known;            /* of LadDrInsn, by its own content */
};

static guint
hash_insn(gconstpointer key)
{
    const LadDrInsn *insn = key;
    guint hash = insn->branch + 31u * insn->length;
    for (guint i = 0; i < insn->n_bytes; i++)
        hash = hash * 31u + insn->bytes[i];
    return hash;
}

static gboolean
equal_insns(gconstpointer a, gconstpointer b)
{
    const LadDrInsn *x = a, *y = b;
    return x->branch == y->branch && x->length == y->length && x->n_bytes == y->n_bytes &&
           memcmp(x->bytes, y->bytes, x->n_bytes) == 0;
}

LadDrInsns *
lad_dr_insns_new(LadIsa isa, GError **error)
{
    LadDrInsns *insns = g_new0(LadDrInsns, 1);
    insns->known = g_hash_table_new_full(hash_insn, equal_insns, g_free, NULL);
    gboolean ok = TRUE;
    if (isa == LAD_ISA_X86_64)
        ok = (insns->x86 = lad_describer_new(error)) != NULL;
    else if (isa == LAD_ISA_AARCH64)
        ok = (insns->aarch64 = lad_describer_aarch64_new(error)) != NULL;
    if (!ok) {
        lad_dr_insns_free(insns);
        return NULL;
    }
    return insns;
}

void
lad_dr_insns_free(LadDrInsns *insns)
{
    if (insns == NULL)
        return;
    if (insns->x86 != NULL)
        lad_describer_free(insns->x86);
    lad_describer_aarch64_free(insns->aarch64);
    g_hash_table_unref(insns->known);
    g_free(insns);
}

static LadBranchKind
branch_of(guint type)
{
    switch (type) {
    case LAD_DR_JUMP:
        return LAD_BRANCH_JUMP;
    case LAD_DR_INDIRECT_JUMP:
        return LAD_BRANCH_INDIRECT_JUMP;
    case LAD_DR_CONDITIONAL_JUMP:
    case LAD_DR_TAKEN_JUMP:
    case LAD_DR_UNTAKEN_JUMP:
        return LAD_BRANCH_CONDITIONAL;
    case LAD_DR_CALL:
        return LAD_BRANCH_CALL;
    case LAD_DR_INDIRECT_CALL:
        return LAD_BRANCH_INDIRECT_CALL;
    case LAD_DR_RETURN:
        return LAD_BRANCH_RETURN;
    case LAD_DR_SYSENTER:
        return LAD_BRANCH_SYSCALL;
    default:
        return LAD_BRANCH_NONE;
    }
}

/* The recorder's word counts for the kind of branch; system calls it does not tell. */
static void
describe(LadDrInsns *insns, LadDrInsn *insn)
{
    gboolean whole = insn->n_bytes == insn->length;
    if (whole && insns->x86 != NULL && insn->length <= 15)
        lad_describe(insns->x86, 0, insn->bytes, insn->length, &insn->facts);
    else if (whole && insns->aarch64 != NULL && insn->length == 4)
        lad_describe_aarch64(insns->aarch64, insn->bytes, &insn->facts);
    else
        insn->facts.insn.flags = LAD_INSN_DEPS_UNKNOWN;
    insn->facts.insn.length = insn->length;
    if (insn->branch != LAD_BRANCH_NONE || insn->facts.insn.branch != LAD_BRANCH_SYSCALL)
        insn->facts.insn.branch = insn->branch;
}

const LadDrInsn *
lad_dr_insns_get(LadDrInsns *insns, guint type, guint length, const guint8 *bytes, guint n_bytes)
{
    LadDrInsn wanted = {.branch = (guint8)branch_of(type), .length = (guint8)length};
    wanted.n_bytes = (guint8)MIN(n_bytes, (guint)LAD_DR_MAX_INSN_BYTES);
    memcpy(wanted.bytes, bytes, wanted.n_bytes);
    const LadDrInsn *known = g_hash_table_lookup(insns->known, &wanted);
    if (known != NULL)
        return known;
    describe(insns, &wanted);
    LadDrInsn *insn = g_memdup2(&wanted, sizeof wanted);
    g_hash_table_add(insns->known, insn);
    return insn;
}
