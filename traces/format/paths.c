/* paths.c - the trie of known entries and the counts of pairs; see paths.h for the rule. */
#include "config.h"
#include "traces/format/paths.h"

#define PAIR_BITS 16
#define PAIR_SEEN 64 /* times, before a pair becomes a path */

/* The three lengths of an entry in one word, so that one sum tells whether two may be joined: each
 * field of a sum, and of the bias that lifts what is above its limit to the field's highest bit. */
#define EXTENT_BITS 10
#define EXTENT(blocks, operands, insns)                                                            \
    ((guint32)(blocks) | (guint32)(operands) << EXTENT_BITS | (guint32)(insns) << 2 * EXTENT_BITS)
#define EXTENT_HALF (1u << (EXTENT_BITS - 1))
#define EXTENT_BIAS                                                                                \
    EXTENT(EXTENT_HALF - 1 - LAD_MAX_PATH_BLOCKS, EXTENT_HALF - 1 - LAD_PATH_MAX_OPERANDS,         \
           EXTENT_HALF - 1 - LAD_PATH_MAX_INSNS)
#define EXTENT_OVER EXTENT(EXTENT_HALF, EXTENT_HALF, EXTENT_HALF)

typedef struct {
    guint32 token;      /* the entry that ends here, or LAD_PATH_NONE */
    guint32 extent;     /* of that entry */
    guint32 last_block; /* the child taken last, before any look-up; LAD_PATH_NONE: no child */
    guint32 last_child;
} Node;

typedef struct {
    guint64 key; /* node << 32 | block; G_MAXUINT64: free */
    guint32 child;
} Edge;

/* A pair that is being counted: left << 40 | right << 16 | times seen; 0: none. */
typedef guint64 Pair;

G_STATIC_ASSERT(LAD_MAX_ENTRIES <= 1u << 24);

struct LadPathFormer {
    LadCode *code;
    Node *nodes;
    guint32 n_nodes, nodes_room;
    guint32 *node_of;  /* by entry: the node where it ends */
    guint32 node_room; /* of node_of */
    Edge *edges;       /* open addressing */
    guint32 edge_bits;
    guint32 n_edges;
    Pair *pairs; /* direct-mapped; a newcomer wears the count of its place down first */
};

static inline guint32
mix(guint64 key, guint bits)
{
    return (guint32)((key * 0x9E3779B97F4A7C15u) >> (64 - bits));
}

static Edge *
new_edges(guint bits)
{
    Edge *edges = g_new(Edge, (gsize)1 << bits);
    for (gsize i = 0; i < (gsize)1 << bits; i++)
        edges[i].key = G_MAXUINT64;
    return edges;
}

LadPathFormer *
lad_path_former_new(LadCode *code)
{
    LadPathFormer *former = g_new0(LadPathFormer, 1);
    former->code = code;
    former->nodes_room = 4096;
    former->nodes = g_new(Node, former->nodes_room);
    former->edge_bits = 14;
    former->edges = new_edges(former->edge_bits);
    former->pairs = g_new0(Pair, (gsize)1 << PAIR_BITS);
    return former;
}

void
lad_path_former_free(LadPathFormer *former)
{
    if (former == NULL)
        return;
    g_free(former->nodes);
    g_free(former->node_of);
    g_free(former->edges);
    g_free(former->pairs);
    g_free(former);
}

static inline Node *
node_at(LadPathFormer *former, guint32 node)
{
    return &former->nodes[node];
}

static guint32
new_node(LadPathFormer *former)
{
    if (former->n_nodes == former->nodes_room) {
        former->nodes_room *= 2;
        former->nodes = g_renew(Node, former->nodes, former->nodes_room);
    }
    former->nodes[former->n_nodes] = (Node){.token = LAD_PATH_NONE, .last_block = LAD_PATH_NONE};
    return former->n_nodes++;
}

static void
end_entry(LadPathFormer *former, guint32 node, guint32 token)
{
    const LadEntry *entry = lad_code_entry(former->code, token);
    node_at(former, node)->token = token;
    node_at(former, node)->extent = EXTENT(entry->n_blocks, entry->n_operands, entry->n_insns);
}

static Edge *
find_edge(Edge *edges, guint bits, guint64 key)
{
    guint32 mask = (1u << bits) - 1;
    guint32 at = mix(key, bits);
    while (edges[at].key != key && edges[at].key != G_MAXUINT64)
        at = (at + 1) & mask;
    return &edges[at];
}

static void
grow_edges(LadPathFormer *former)
{
    guint bits = former->edge_bits + 1;
    Edge *edges = new_edges(bits);
    for (gsize i = 0; i < (gsize)1 << former->edge_bits; i++)
        if (former->edges[i].key != G_MAXUINT64)
            *find_edge(edges, bits, former->edges[i].key) = former->edges[i];
    g_free(former->edges);
    former->edges = edges;
    former->edge_bits = bits;
}

/* The child of `node` by `block`, or LAD_PATH_NONE. */
static inline guint32
find_child(LadPathFormer *former, guint32 node, guint32 block)
{
    Node *at = node_at(former, node);
    if (at->last_block == block)
        return at->last_child;
    if (at->last_block == LAD_PATH_NONE)
        return LAD_PATH_NONE;
    guint64 key = (guint64)node << 32 | block;
    const Edge *edge = find_edge(former->edges, former->edge_bits, key);
    if (edge->key != key)
        return LAD_PATH_NONE;
    at->last_block = block;
    at->last_child = edge->child;
    return edge->child;
}

static guint32
child_made(LadPathFormer *former, guint32 node, guint32 block)
{
    guint32 child = find_child(former, node, block);
    if (child != LAD_PATH_NONE)
        return child;
    child = new_node(former);
    if (++former->n_edges > (1u << former->edge_bits) / 2)
        grow_edges(former);
    guint64 key = (guint64)node << 32 | block;
    Edge *edge = find_edge(former->edges, former->edge_bits, key);
    edge->key = key;
    edge->child = child;
    Node *at = node_at(former, node);
    at->last_block = block;
    at->last_child = child;
    return child;
}

static void
grow_nodes_of(LadPathFormer *former, guint32 entry)
{
    guint32 room = MAX(1024, 2 * former->node_room);
    while (entry >= room)
        room *= 2;
    former->node_of = g_renew(guint32, former->node_of, room);
    for (guint32 i = former->node_room; i < room; i++)
        former->node_of[i] = LAD_PATH_NONE;
    former->node_room = room;
}

static guint32
new_node_of_entry(LadPathFormer *former, guint32 entry)
{
    if (entry >= former->node_room)
        grow_nodes_of(former, entry);
    if (former->node_of[entry] == LAD_PATH_NONE) {
        guint32 node = new_node(former);
        end_entry(former, node, entry);
        former->node_of[entry] = node;
    }
    return former->node_of[entry];
}

static inline guint32
node_of_entry(LadPathFormer *former, guint32 entry)
{
    guint32 node = G_LIKELY(entry < former->node_room) ? former->node_of[entry] : LAD_PATH_NONE;
    return G_LIKELY(node != LAD_PATH_NONE) ? node : new_node_of_entry(former, entry);
}

static void
join(LadPathFormer *former, guint32 left, guint32 right)
{
    LadCode *code = former->code;
    if (!lad_code_path_fits(code, left, right) || code->n_entries >= LAD_MAX_ENTRIES / 2)
        return;
    guint32 node = node_of_entry(former, left);
    const LadEntry *tail = lad_code_entry(code, right);
    for (guint32 i = 0; i < tail->n_blocks; i++) {
        /* The entry of a lone block is the one that its LadBlock was made for. */
        const LadCodeBlock *block = (const LadCodeBlock *)(const void *)tail->blocks[i];
        node = child_made(former, node, block->id);
    }
    if (node_at(former, node)->token != LAD_PATH_NONE)
        return;
    guint32 token = lad_code_add_path(code, left, right);
    end_entry(former, node, token);
    if (token >= former->node_room)
        grow_nodes_of(former, token);
    former->node_of[token] = node;
}

static void
count_pair(LadPathFormer *former, guint32 left, guint32 right)
{
    guint64 key = (guint64)left << 40 | (guint64)right << 16;
    Pair *pair = &former->pairs[mix(key, PAIR_BITS)];
    guint64 other = *pair ^ key;
    if (other > G_MAXUINT16) {
        *pair = (*pair & G_MAXUINT16) > 0 ? *pair - 1 : key | 1;
    } else if (other + 1 < PAIR_SEEN) {
        *pair += 1;
    } else {
        *pair = 0;
        join(former, left, right);
    }
}

/* The longest entry that was matched becomes a token; the blocks behind it are to be matched. */
static inline void
emit(LadPathFormer *former, LadPathState *state, guint32 *tokens, guint *n)
{
    guint32 token = state->best_token, extent = node_at(former, state->best_node)->extent;
    tokens[(*n)++] = token;
    if (((state->previous_extent + extent + EXTENT_BIAS) & EXTENT_OVER) == 0 &&
        state->previous != LAD_PATH_NONE)
        count_pair(former, state->previous, token);
    state->previous = token;
    state->previous_extent = extent;
    state->n -= state->best_n;
    state->first += state->best_n;
    state->n_matched = 0;
}

static inline void
match_first(LadPathFormer *former, LadPathState *state, guint32 block)
{
    state->best_node = state->node = node_of_entry(former, block);
    state->best_token = block;
    state->best_n = state->n_matched = 1;
}

/* Goes on to `child`, of the node where all that was matched so far ends. */
static inline void
match_next(LadPathFormer *former, LadPathState *state, guint32 child)
{
    guint32 token = node_at(former, child)->token;
    state->node = child;
    state->n_matched++;
    if (token != LAD_PATH_NONE) {
        state->best_token = token;
        state->best_n = state->n_matched;
        state->best_node = child;
    }
}

/* Follows the trie over what is pending; stops when all is matched. */
static void
follow(LadPathFormer *former, LadPathState *state, guint32 *tokens, guint *n)
{
    while (state->n_matched < state->n) {
        guint32 block = state->pending[state->first + state->n_matched];
        if (state->n_matched == 0) {
            match_first(former, state, block);
            continue;
        }
        guint32 child = find_child(former, state->node, block);
        if (child != LAD_PATH_NONE)
            match_next(former, state, child);
        else
            emit(former, state, tokens, n);
    }
}

guint
lad_path_former_step(LadPathFormer *former, LadPathState *state, guint32 block, guint32 *tokens)
{
    guint n = 0;
    if (G_UNLIKELY(state->first + state->n == G_N_ELEMENTS(state->pending))) {
        g_assert(state->n <= LAD_MAX_PATH_BLOCKS);
        memmove(state->pending, state->pending + state->first, state->n * sizeof *state->pending);
        state->first = 0;
    }
    state->pending[state->first + state->n++] = block;
    /* Mostly the trie's last step from here is taken again. */
    const Node *at = node_at(former, state->node);
    if (state->n > 1 && at->last_block == block)
        match_next(former, state, at->last_child);
    else
        follow(former, state, tokens, &n);
    return n;
}

guint
lad_path_former_flush(LadPathFormer *former, LadPathState *state, guint32 *tokens)
{
    guint n = 0;
    while (state->n > 0) {
        emit(former, state, tokens, &n);
        follow(former, state, tokens, &n);
    }
    state->previous = LAD_PATH_NONE;
    return n;
}
