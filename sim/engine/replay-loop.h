/* replay-loop.h - the hot loop of the timed cores, specialised by who includes it.
 *
 * Not a header of its own: a core model defines, before including it,
 *   CORE_STATE           its state, whose first member `replay` is a LadReplay
 *   core_settle()        the core may not dispatch instruction `seq` before older ones have retired
 *                        (FALSE: when is not known)
 *   core_issue()         when the address of an operand is known (FALSE: not known)
 *   core_access_done()   what an access of data that was served costs
 *   core_entry_done()    an entry has been executed
 *   core_fetch_lead()    how long before `now` the line that instruction `seq` needs was asked for
 *   core_fetched()       that line is there, at `at`, and what of its wait that time hid
 *   core_restarts()      fetching begins anew: after a fault, or time that was another's
 *   core_share()         SMT: what of the window the sibling leaves this thread
 *   core_drain()         all older instructions are done, before a fault and at the end (FALSE:
 * when is not known) core_is_quick()      hits of the first level may be served without regard to
 * time All are static inline. What passes both filters costs two loads and one branch; see port.h.
 */

/* The access at replay's position could not be served: why, and when to come back. */
static inline void
stop_at(LadReplay *replay, LadReplyStatus status)
{
    replay->stop = status == LAD_REPLY_SLEEP ? LAD_STOP_SLEEP : LAD_STOP_TURN;
}

typedef enum { SERVED, STOPPED, WAITING } Outcome;

/* Pay for a fault once all older loads are done. */
static Outcome
pay_fault(CORE_STATE *state, LadCore *core)
{
    LadReplay *replay = &state->replay;
    if (!core_drain(state)) {
        replay->stop = LAD_STOP_TURN;
        return WAITING;
    }
    LadReplyStatus status = replay->owed;
    replay->port->reply = replay->owed_reply;
    replay->owed = LAD_REPLY_DONE;
    lad_replay_pay_fault(replay, core, replay->owed_row);
    core_restarts(state);
    stop_at(replay, status);
    return status == LAD_REPLY_FAULTED ? SERVED : STOPPED;
}

/* SERVED: the access is to be made again. */
static Outcome
after_failure(CORE_STATE *state, LadCore *core, LadReplyStatus status, LadCoreCounter walk_row)
{
    LadReplay *replay = &state->replay;
    if (status == LAD_REPLY_FAULTED || status == LAD_REPLY_SLEEP) {
        replay->owed = status;
        replay->owed_row = walk_row;
        replay->owed_reply = replay->port->reply;
        return pay_fault(state, core);
    }
    stop_at(replay, status);
    return status == LAD_REPLY_WAIT ? WAITING : STOPPED;
}

/* Fetch one code line at instruction `insn` of the token. */
static __attribute__((noinline)) Outcome
fetch_line(CORE_STATE *state, LadCore *core, guint64 vaddr, guint insn)
{
    LadReplay *replay = &state->replay;
    LadPort *port = replay->port;
    if (lad_port_quick(port, LAD_PORT_FETCH, FALSE, vaddr, replay->base))
        return SERVED;
    for (;;) {
        if (!core_settle(state, replay->seq + insn)) {
            replay->stop = LAD_STOP_TURN;
            return WAITING;
        }
        LadClock now = replay->base + insn * replay->per_insn;
        LadReplyStatus status =
            lad_port_access(port, LAD_PORT_FETCH, LAD_REACH_FETCH, vaddr, 1, now, now);
        if (status != LAD_REPLY_DONE) {
            Outcome outcome = after_failure(state, core, status, LAD_CORE_FETCH_TLB);
            if (outcome != SERVED)
                return outcome;
            continue;
        }
        LadClock lead = core_fetch_lead(state, replay->seq + insn, vaddr >> port->line_shift, now);
        LadClock walk = port->reply.walk - MIN(port->reply.walk, lead);
        lad_replay_stall(replay, LAD_CORE_FETCH_TLB, walk);
        lad_replay_look_ahead(replay);
        if (port->reply.ready == LAD_CLOCK_PENDING) {
            replay->stop = LAD_STOP_TURN;
            return WAITING;
        }
        LadClock ready = MAX(port->reply.ready, now + port->reply.walk);
        LadClock at = ready - MIN(ready, lead), due = now + walk;
        if (at > due)
            lad_replay_stall(replay, LAD_CORE_FETCH_CACHE, at - due);
        core_fetched(state, replay->seq + insn, vaddr >> port->line_shift, at,
                     ready - MAX(at, due));
        return SERVED;
    }
}

/* One line of an operand. */
static Outcome
reach_line(CORE_STATE *state, LadCore *core, LadPlanOperand operand,
           const LadDependence *dependence, guint64 vaddr, guint bytes)
{
    LadReplay *replay = &state->replay;
    LadPort *port = replay->port;
    gboolean writes = operand.kind & LAD_OPERAND_WRITES;
    port->insn = operand.insn;
    for (;;) {
        LadClock issue;
        if (!core_settle(state, replay->seq + operand.insn) ||
            !core_issue(state, operand, dependence, &issue)) {
            replay->stop = LAD_STOP_TURN;
            return WAITING;
        }
        LadClock now = replay->base + operand.insn * replay->per_insn;
        LadReplyStatus status =
            lad_port_access(port, LAD_PORT_DATA, writes ? LAD_REACH_STORE : LAD_REACH_LOAD, vaddr,
                            bytes, now, issue);
        if (status != LAD_REPLY_DONE) {
            Outcome outcome = after_failure(state, core, status, LAD_CORE_WALK);
            if (outcome != SERVED)
                return outcome;
            continue;
        }
        lad_replay_look_ahead(replay);
        return core_access_done(state, operand, dependence, now, issue) ? SERVED : WAITING;
    }
}

/* An operand that did not pass the filters. */
static __attribute__((noinline)) Outcome
reach(CORE_STATE *state, LadCore *core, LadPlanOperand operand, const LadDependence *dependence,
      guint64 vaddr)
{
    LadReplay *replay = &state->replay;
    LadPort *port = replay->port;
    guint shift = port->line_shift;
    guint64 first = vaddr >> shift, n = ((vaddr + operand.span) >> shift) - first;
    gboolean writes = operand.kind & LAD_OPERAND_WRITES;
    if (n == 0 && core_is_quick(state) && port->missed == LAD_FILTER_NONE &&
        lad_port_quick(port, LAD_PORT_DATA, writes, vaddr, replay->base))
        return SERVED;
    for (; replay->part <= n; replay->part++) {
        guint64 begin = replay->part ? (first + replay->part) << shift : vaddr;
        guint64 end = MIN(vaddr + operand.span + 1, (first + replay->part + 1) << shift);
        Outcome outcome = reach_line(state, core, operand, dependence, begin, (guint)(end - begin));
        if (outcome != SERVED)
            return outcome;
        if (replay->part > 0 && !port->past_caches) {
            port->loads += writes ? 0 : 1;
            port->stores += writes ? 1 : 0;
        }
    }
    replay->part = 0;
    return SERVED;
}

/* A plain access without code. */
static Outcome
replay_access_record(CORE_STATE *state, LadCore *core, const LadRecord *record)
{
    LadReplay *replay = &state->replay;
    LadPort *port = replay->port;
    LadThread *thread = core->thread;
    guint64 vaddr = record->address + thread->address_offset;
    guint64 size = CLAMP(record->size, 1, LAD_PAGE_BYTES);
    if (record->kind == LAD_RECORD_FETCH) {
        guint64 first = vaddr >> port->line_shift;
        guint64 n = ((vaddr + size - 1) >> port->line_shift) - first;
        for (; replay->part <= n; replay->part++) {
            guint64 line = first + replay->part;
            Outcome outcome = fetch_line(state, core, line << port->line_shift, 0);
            if (outcome != SERVED)
                return outcome;
            port->fetches++;
        }
        replay->part = 0;
        thread->n_insns++;
        core->common[LAD_CORE_INSTRUCTIONS]++;
        replay->seq++;
        lad_replay_stall(replay, LAD_CORE_BASE, replay->per_insn);
        return SERVED;
    }
    gboolean writes = record->kind != LAD_RECORD_LOAD, reads = record->kind != LAD_RECORD_STORE;
    LadPlanOperand operand = {
        .span = (guint16)(size - 1),
        .kind = (guint8)((writes ? LAD_OPERAND_WRITES : 0) | (reads ? LAD_OPERAND_READS : 0))};
    const LadDependence unknown = {.load = 255,
                                   .after_last = replay->assume == LAD_ASSUME_PREVIOUS_LOAD};
    port->plan = NULL;
    Outcome outcome = reach(state, core, operand, &unknown, vaddr);
    if (outcome != SERVED)
        return outcome;
    thread->n_data++;
    core->common[LAD_CORE_DEPENDENCE_UNKNOWN]++;
    core->common[LAD_CORE_LOADS] += reads ? 1 : 0;
    core->common[LAD_CORE_STORES] += writes ? 1 : 0;
    port->loads += writes || port->past_caches ? 0 : 1;
    port->stores += writes && !port->past_caches ? 1 : 0;
    return SERVED;
}

/* Instructions that touch no memory: base time, in which older loads retire. How many are done is
 * kept in the position, as the horizon may lie within. */
static Outcome
replay_gap(CORE_STATE *state, LadCore *core, const LadRecord *record)
{
    LadReplay *replay = &state->replay;
    guint64 done = replay->segment | (guint64)replay->operand << 32;
    while (done < record->value) {
        LadClock horizon = replay->siblings ? replay->bound : replay->horizon;
        if (replay->base >= horizon) {
            replay->stop = LAD_STOP_HORIZON;
            return STOPPED;
        }
        guint64 room = (horizon - replay->base - 1) / replay->per_insn + 1;
        guint64 n = MIN(record->value - done, room);
        if (!core_settle(state, replay->seq + n)) {
            replay->stop = LAD_STOP_TURN;
            return WAITING;
        }
        lad_replay_stall(replay, LAD_CORE_BASE, n * replay->per_insn);
        replay->seq += n;
        core->thread->n_insns += n;
        core->common[LAD_CORE_INSTRUCTIONS] += n;
        done += n;
        replay->segment = (guint32)done;
        replay->operand = (guint32)(done >> 32);
    }
    replay->segment = replay->operand = 0;
    return SERVED;
}

static Outcome
replay_record(CORE_STATE *state, LadCore *core, const LadRecord *record)
{
    LadReplay *replay = &state->replay;
    gboolean is_access = record->kind >= LAD_RECORD_FETCH && record->kind <= LAD_RECORD_ATOMIC;
    if (is_access || record->kind == LAD_RECORD_GAP) {
        Outcome outcome =
            is_access ? replay_access_record(state, core, record) : replay_gap(state, core, record);
        if (outcome != SERVED)
            return outcome;
        core->thread->token++;
        core->thread->n_records++;
        return SERVED;
    }
    return lad_replay_record(replay, core, record) ? SERVED : STOPPED;
}

/* Execute the entry in progress from replay's position on. */
static inline Outcome
replay_entry(CORE_STATE *state, LadCore *core, const LadPlan *plan, const guint64 *addresses,
             guint64 offset)
{
    LadReplay *replay = &state->replay;
    LadPort *port = replay->port;
    const guint64 *data = port->filter[LAD_PORT_DATA], *code = port->filter[LAD_PORT_FETCH];
    const guint64 *data_pages = port->pages[LAD_PORT_DATA];
    const guint64 *code_pages = port->pages[LAD_PORT_FETCH];
    const guint64 data_mask = port->filter_mask[LAD_PORT_DATA];
    const guint64 code_mask = port->filter_mask[LAD_PORT_FETCH];
    const guint64 data_pages_mask = port->pages_mask[LAD_PORT_DATA];
    const guint64 code_pages_mask = port->pages_mask[LAD_PORT_FETCH];
    const guint shift = port->line_shift, page_shift = port->line_page_shift;
    const LadSegment *segments = plan->segments;
    const LadPlanOperand *operands = plan->operands;
    guint32 s = replay->segment, o = replay->operand;
    gboolean fetched = replay->fetched;
    const guint64 code_offset = offset >> shift;
    Outcome outcome;
    for (; s < plan->n_segments; s++) {
        const LadSegment *segment = &segments[s];
        guint64 line = segment->line + code_offset, page = line >> page_shift;
        if (G_UNLIKELY((code[2 * (line & code_mask)] ^ line) |
                       (code_pages[page & code_pages_mask] ^ page)) &&
            !fetched && segment->line != LAD_LINE_CODELESS) {
            outcome = fetch_line(state, core, line << shift, segment->insn);
            if (outcome != SERVED)
                goto stopped;
        }
        fetched = FALSE;
        for (const guint32 end = segment->end; o < end; o++) {
            LadPlanOperand operand = operands[o];
            guint64 vaddr = addresses[o] + offset;
            guint64 vline = vaddr >> shift, vpage = vaddr >> LAD_PAGE_SHIFT;
            guint64 differs = data[2 * (vline & data_mask) + (operand.kind & 1)] ^ vline;
            differs |= data_pages[vpage & data_pages_mask] ^ vpage;
            differs |= ((vaddr + operand.span) >> shift) ^ vline;
            if (G_LIKELY(!differs))
                continue;
            port->plan = plan;
            outcome = reach(state, core, operand, plan->dependences ? &plan->dependences[o] : NULL,
                            vaddr);
            if (G_UNLIKELY(outcome != SERVED)) {
                fetched = TRUE;
                goto stopped;
            }
        }
    }
    replay->segment = replay->operand = 0;
    replay->fetched = FALSE;
    return SERVED;
stopped:
    replay->segment = s;
    replay->operand = o;
    replay->fetched = (guint8)fetched;
    return outcome;
}

/* What the executed entries of a turn add up to. */
typedef struct {
    guint64 insns, fetches, loads, stores, load_lines, store_lines, unknown, blocks;
} Sums;

static void
add_sums(const Sums *sums, LadReplay *replay, LadCore *core)
{
    LadPort *port = replay->port;
    core->common[LAD_CORE_INSTRUCTIONS] += sums->insns;
    core->common[LAD_CORE_LOADS] += sums->loads;
    core->common[LAD_CORE_STORES] += sums->stores;
    core->common[LAD_CORE_DEPENDENCE_UNKNOWN] += sums->unknown;
    port->fetches += sums->fetches;
    port->loads += port->past_caches ? 0 : sums->load_lines;
    port->stores += port->past_caches ? 0 : sums->store_lines;
}

/* The horizon is reached, or (SMT) the sibling is asked at every entry. */
static __attribute__((noinline)) gboolean
may_begin(CORE_STATE *state, LadCore *core, guint32 id, guint64 n_before)
{
    LadReplay *replay = &state->replay;
    if (!replay->siblings)
        return FALSE;
    /* It stops before the entry: nothing is dispatched. */
    if (n_before >= core->thread->stop_insns)
        return TRUE;
    guint n_insns = id & LAD_TOKEN_RECORD ? 0 : (guint)lad_plans_at(replay->plans, id)->n_insns;
    if (!lad_replay_dispatch(replay, n_insns))
        return FALSE;
    core_share(state, core);
    return TRUE;
}

/* Tokens of one batch until a stop or the batch's end (SERVED). */
static Outcome
replay_batch(CORE_STATE *state, LadCore *core, Sums *sums)
{
    LadReplay *replay = &state->replay;
    LadThread *thread = core->thread;
    const LadBatch *batch = thread->batch;
    const guint64 offset = thread->address_offset, n_tokens = batch->n_tokens;
    guint32 token = thread->token, address = thread->address;
    guint64 n_insns = thread->n_insns, n_operands = 0, blocks = 0;
    Outcome outcome = SERVED;
    while (token < n_tokens) {
        if (!replay->inside) {
            if (G_UNLIKELY(replay->base >= replay->horizon) &&
                !may_begin(state, core, batch->tokens[token], n_insns)) {
                replay->stop = LAD_STOP_HORIZON;
                outcome = STOPPED;
                break;
            }
            if (G_UNLIKELY(n_insns >= thread->stop_insns)) {
                replay->stop = LAD_STOP_LIMIT;
                outcome = STOPPED;
                break;
            }
        }
        guint32 id = batch->tokens[token];
        replay->inside = TRUE;
        if (G_UNLIKELY(id & LAD_TOKEN_RECORD)) {
            thread->token = token;
            thread->address = address;
            thread->n_insns = n_insns;
            const LadRecord *record = &batch->records[id & ~LAD_TOKEN_RECORD];
            /* Who looks on finds the counters as they stand there; so do windows. */
            if (G_UNLIKELY(core->host->watch != NULL || record->kind == LAD_RECORD_BURST ||
                           record->kind == LAD_RECORD_MARKER)) {
                add_sums(sums, replay, core);
                *sums = (Sums){0};
            }
            outcome = replay_record(state, core, record);
            if (token != thread->token)
                replay->inside = FALSE;
            token = thread->token;
            n_insns = thread->n_insns;
            if (outcome != SERVED)
                break;
            continue;
        }
        const LadPlan *plan = lad_plans_at(replay->plans, id);
        outcome = replay_entry(state, core, plan, batch->addresses + address, offset);
        if (G_UNLIKELY(outcome != SERVED))
            break;
        if (G_UNLIKELY(!core_entry_done(state, plan))) {
            /* Where it stopped all is done but the retirement that the next entry waits for. */
            replay->segment = plan->n_segments;
            replay->operand = plan->n_operands;
            replay->stop = LAD_STOP_TURN;
            outcome = WAITING;
            break;
        }
        replay->inside = FALSE;
        replay->seq += plan->n_insns;
        LadClock base = plan->n_insns * replay->per_insn;
        replay->base += base;
        replay->stack[LAD_CORE_BASE] += base;
        n_insns += plan->n_insns;
        n_operands += plan->n_operands;
        blocks += plan->n_blocks;
        sums->insns += plan->n_insns;
        sums->fetches += plan->n_fetches;
        sums->loads += plan->n_loads;
        sums->stores += plan->n_stores;
        sums->load_lines += plan->n_load_lines;
        sums->store_lines += plan->n_store_lines;
        sums->unknown += plan->n_unknown;
        address += plan->n_operands;
        token++;
    }
    thread->token = token;
    thread->address = address;
    thread->n_insns = n_insns;
    thread->n_data += n_operands;
    thread->n_records += blocks;
    return outcome;
}

/* The clock of the access that the core could not make. */
static LadClock
clock_of_stop(const CORE_STATE *state, const LadCore *core)
{
    const LadReplay *replay = &state->replay;
    const LadThread *thread = core->thread;
    if (!replay->inside || !thread->batch || thread->token >= thread->batch->n_tokens)
        return replay->base;
    guint32 id = thread->batch->tokens[thread->token];
    if (id & LAD_TOKEN_RECORD)
        return replay->base;
    const LadPlan *plan = lad_plans_at(replay->plans, id);
    guint insn = plan->n_insns;
    if (replay->segment < plan->n_segments)
        insn = replay->fetched ? plan->operands[replay->operand].insn
                               : plan->segments[replay->segment].insn;
    return replay->base + insn * replay->per_insn;
}

static LadCoreStop
replay_run(LadCore *core, LadTime horizon, LadTime limit)
{
    CORE_STATE *state = core->state;
    LadReplay *replay = &state->replay;
    LadThread *thread = core->thread;
    Sums sums = {0};
    Outcome outcome;
    LadClock before = replay->base;
    lad_replay_begin(replay, core, horizon, limit);
    if (replay->base != before)
        core_restarts(state);
    outcome = replay->owed == LAD_REPLY_DONE ? SERVED : pay_fault(state, core);
    while (outcome == SERVED) {
        if (thread->batch && thread->token < thread->batch->n_tokens) {
            outcome = replay_batch(state, core, &sums);
            if (outcome != SERVED)
                break;
        }
        if (replay->base >= (replay->siblings ? replay->bound : replay->horizon)) {
            replay->stop = LAD_STOP_HORIZON;
            outcome = STOPPED;
            break;
        }
        if (replay->ended || !lad_thread_next_batch(thread)) {
            gboolean drained = core_drain(state);
            replay->ended = !drained;
            replay->stop = drained ? LAD_STOP_END : LAD_STOP_TURN;
            outcome = drained ? STOPPED : WAITING;
            break;
        }
    }
    add_sums(&sums, replay, core);
    lad_replay_end(replay, core, clock_of_stop(state, core), outcome == WAITING);
    return replay->stop;
}
