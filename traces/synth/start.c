/* start.c - maps, compressibility and first touches of one stream. */
#include "config.h"
#include "traces/synth/accessgen.h"
#include "traces/synth/compressibility.h"
#include "traces/synth/start.h"

#define PAGE_BYTES LAD_CONTENTS_PAGE_BYTES
#define HUGE_BYTES ((guint64)2 << 20)

typedef struct {
    const LadSynthPlan *plan;
    const LadPlanStream *where;
    LadSynthOutput *output;
    guint stream;
} Start;

guint64
lad_synth_region_address(const LadPlanRegion *region, const LadPlanStream *where)
{
    guint64 copy = region->params.shared == LAD_SHARED_NOT ? where->in_process : 0;
    return region->address + copy * region->span;
}

gboolean
lad_synth_uses_pattern(const LadSynthPlan *plan, const LadPlanStream *where, guint pattern)
{
    const GArray *phases = LAD_PLAN_AT(plan->threads, LadPlanThread, where->thread)->phases;
    for (guint i = 0; i < phases->len; i++) {
        guint number = g_array_index(phases, guint, i);
        const GArray *mix = LAD_PLAN_AT(plan->phases, LadPlanPhase, number)->mix;
        for (guint k = 0; k < mix->len; k++)
            if (g_array_index(mix, LadPlanShare, k).pattern == pattern)
                return TRUE;
    }
    return FALSE;
}

static gboolean
uses_region(const Start *start, guint region)
{
    for (guint i = 0; i < start->plan->patterns->len; i++)
        if (LAD_PLAN_AT(start->plan->patterns, LadPlanPattern, i)->region == region &&
            lad_synth_uses_pattern(start->plan, start->where, i))
            return TRUE;
    return FALSE;
}

static gboolean
put_record(const Start *start, const LadRecord *record, GError **error)
{
    return lad_trace_writer_record(start->output->writer, start->stream, record, error);
}

/* Whether it is for this stream to say what the region is; of what the threads of a process share
 * the first does. */
static gboolean
maps(const Start *start, guint number)
{
    const LadPlanRegion *region = LAD_PLAN_AT(start->plan->regions, LadPlanRegion, number);
    gboolean shared = region->params.shared == LAD_SHARED_ALL;
    if (region->params.kind != LAD_REGION_PROGRAM && region->params.shared == LAD_SHARED_PROCESS)
        return start->where->in_process == 0;
    return (shared || region->params.huge || region->params.kind != LAD_REGION_PROGRAM) &&
           uses_region(start, number);
}

/* The file that holds a region; "" if none does. */
static char *
file_of(const Start *start, const LadPlanRegion *region)
{
    if (region->params.shared == LAD_SHARED_ALL)
        return g_strdup_printf("/memladder-synth/region/%s", region->name);
    if (region->params.kind != LAD_REGION_PAGE_CACHE)
        return g_strdup("");
    guint of =
        region->params.shared == LAD_SHARED_PROCESS ? start->where->process : start->where->number;
    return g_strdup_printf("/memladder-synth/region/%s.%u", region->name, of);
}

static gboolean
map_regions(const Start *start, GError **error)
{
    for (guint i = 0; i < start->plan->regions->len; i++) {
        const LadPlanRegion *region = LAD_PLAN_AT(start->plan->regions, LadPlanRegion, i);
        guint kind = region->params.kind;
        if (!maps(start, i))
            continue;
        g_autofree char *file = file_of(start, region);
        gboolean named = file[0] != '\0';
        guint64 unit = region->params.huge ? HUGE_BYTES : PAGE_BYTES;
        const LadRecord map = {.kind = LAD_RECORD_MAP,
                               .flags = LAD_MAP_READ | LAD_MAP_WRITE |
                                        (named ? LAD_MAP_SHARED : LAD_MAP_ANONYMOUS) |
                                        (kind != LAD_REGION_PROGRAM ? LAD_MAP_KERNEL : 0) |
                                        (region->params.huge ? LAD_MAP_HUGE : 0),
                               .address = lad_synth_region_address(region, start->where),
                               .size = (region->params.size + unit - 1) / unit * unit,
                               .text = file};
        if (!put_record(start, &map, error))
            return FALSE;
    }
    return TRUE;
}

/* A file of code in [address, end), of the process's own or everybody's. */
static gboolean
map_file(const Start *start, const LadPlanCode *code, gboolean own, guint64 address, guint64 end,
         GError **error)
{
    g_autofree char *file =
        own ? g_strdup_printf("/memladder-synth/code/%s.%u", code->name, start->where->process)
            : g_strdup_printf("/memladder-synth/code/%s", code->name);
    const LadRecord map = {.kind = LAD_RECORD_MAP,
                           .flags = LAD_MAP_READ | LAD_MAP_EXEC,
                           .address = address,
                           .size = end - address,
                           .text = file};
    return put_record(start, &map, error);
}

static gboolean
map_code(const Start *start, GError **error)
{
    for (guint i = 0; i < start->plan->codes->len; i++) {
        const LadPlanCode *code = LAD_PLAN_AT(start->plan->codes, LadPlanCode, i);
        if (start->plan->options.level == 1 && code->params.memory <= 0.0)
            continue;
        gboolean own = code->params.shared != LAD_SHARED_ALL;
        gboolean apart = !own && lad_synth_plan_n_private(code) > 0;
        guint64 end = code->address + code->params.size + PAGE_BYTES;
        guint64 middle = apart ? lad_synth_plan_private_address(code) : end;
        if (!map_file(start, code, own, code->address, middle, error) ||
            (apart && !map_file(start, code, TRUE, middle, end + PAGE_BYTES, error)))
            return FALSE;
    }
    return TRUE;
}

/* Sizes that the configuration tells. */
static gboolean
tell_compressed(const Start *start, const LadPlanRegion *region, guint64 seed, GError **error)
{
    guint64 address = lad_synth_region_address(region, start->where);
    guint64 n_pages = (region->params.size + PAGE_BYTES - 1) / PAGE_BYTES;
    for (guint a = 0; a < region->compressed->len; a++) {
        const LadCompressed *compressed = &g_array_index(region->compressed, LadCompressed, a);
        for (guint64 i = 0; i < n_pages; i++) {
            guint64 draw = lad_accessgen_mix(seed + i * LAD_ACCESSGEN_G) >> 32;
            double share =
                compressed->share + region->params.spread * ((double)draw / 2147483648.0 - 1.0);
            double bytes = CLAMP(share * PAGE_BYTES, 1.0, 2.0 * PAGE_BYTES);
            const LadRecord record = {.kind = LAD_RECORD_COMPRESSIBILITY,
                                      .address = address + i * PAGE_BYTES,
                                      .value = (guint64)bytes,
                                      .text = compressed->algorithm};
            if (!put_record(start, &record, error))
                return FALSE;
        }
    }
    return TRUE;
}

static gboolean
tell_contents(const Start *start, guint number, GError **error)
{
    const LadPlanRegion *region = LAD_PLAN_AT(start->plan->regions, LadPlanRegion, number);
    guint64 seed = start->plan->options.seed + ((guint64)number << 32) +
                   (region->params.shared == LAD_SHARED_NOT ? start->where->number - 1 : 0);
    if (region->params.fill == LAD_FILL_NONE)
        return tell_compressed(start, region, seed, error);
    const LadCompressibility what = {.fill = (LadFill)region->params.fill,
                                     .seed = seed,
                                     .base = lad_synth_region_address(region, start->where),
                                     .n_pages = (region->params.size + PAGE_BYTES - 1) / PAGE_BYTES,
                                     .algorithms = region->algorithms};
    return lad_synth_compressibility_write(&what, start->output, start->stream, error);
}

/* The block that touches a page: at level instruction a loop of three instructions before the
 * functions, else the access alone. */
static guint32
touching_block(const Start *start, LadOperandKind kind)
{
    if (start->plan->options.level == 1)
        return kind == LAD_OPERAND_STORE ? start->output->store : start->output->load;
    const LadPlanCode *code = LAD_PLAN_AT(start->plan->codes, LadPlanCode, 0);
    guint8 length = (guint8)code->params.instruction_bytes;
    const LadRegisters pointer = 1 << 7, flags = (LadRegisters)1 << 48;
    const LadInsn insns[] = {{.length = length, .reads = pointer},
                             {.length = length, .reads = pointer, .writes = pointer | flags},
                             {.length = length, .branch = LAD_BRANCH_CONDITIONAL, .reads = flags}};
    const LadOperand operand = {.kind = (guint8)kind, .size = 8, .address = pointer};
    const LadBlock block = {.pc = code->address + LAD_SYNTH_TOUCHER_OFFSET,
                            .n_insns = 3,
                            .n_operands = 1,
                            .insns = insns,
                            .operands = &operand};
    return lad_trace_writer_block(start->output->writer, &block);
}

static gboolean
populate(const Start *start, guint number, GError **error)
{
    const LadPlanRegion *region = LAD_PLAN_AT(start->plan->regions, LadPlanRegion, number);
    if (region->params.populate == LAD_POPULATE_NONE)
        return TRUE;
    guint32 block =
        touching_block(start, region->params.populate == LAD_POPULATE_WRITE ? LAD_OPERAND_STORE
                                                                            : LAD_OPERAND_LOAD);
    LadRecord mark = {.kind = LAD_RECORD_REQUEST_BEGIN};
    if (!put_record(start, &mark, error))
        return FALSE;
    guint64 base = lad_synth_region_address(region, start->where);
    for (guint64 at = 0; at < region->params.size; at += PAGE_BYTES) {
        guint64 address = base + at;
        if (!lad_trace_writer_execute(start->output->writer, start->stream, block, &address,
                                      error) ||
            (at % (PAGE_BYTES * 4096) == 0 && !lad_synth_output_tell(start->output, error)))
            return FALSE;
    }
    mark.kind = LAD_RECORD_REQUEST_END;
    return put_record(start, &mark, error);
}

/* Whether it is for this stream to say what the region holds. */
static gboolean
owns(const Start *start, guint number)
{
    switch ((LadShared)LAD_PLAN_AT(start->plan->regions, LadPlanRegion, number)->params.shared) {
    case LAD_SHARED_NOT:
        return uses_region(start, number);
    case LAD_SHARED_PROCESS:
        return start->where->in_process == 0;
    case LAD_SHARED_ALL:
        break;
    }
    return start->where->first;
}

gboolean
lad_synth_start(const LadSynthPlan *plan, const LadPlanStream *where, LadSynthOutput *output,
                guint stream, GError **error)
{
    const Start start = {plan, where, output, stream};
    if (!map_code(&start, error) || !map_regions(&start, error))
        return FALSE;
    for (guint i = 0; i < plan->regions->len; i++)
        if (owns(&start, i) && (!tell_contents(&start, i, error) || !populate(&start, i, error)))
            return FALSE;
    return TRUE;
}
