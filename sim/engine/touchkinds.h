/* touchkinds.h - which touches of a trace of level page write.
 *
 * Addresses lie in the batch; whether a touch writes is said by the operands of the dictionary's
 * entries. They are learned once per entry, and gathered for a stretch of touches at a time, as one
 * look per touch would cost more than the touch.
 */
#ifndef LAD_TOUCHKINDS_H
#define LAD_TOUCHKINDS_H

#include <memladder/core.h>

typedef struct LadTouchKinds LadTouchKinds;

LadTouchKinds *lad_touch_kinds_new(void);
/* NULL is nothing to free. */
void lad_touch_kinds_free(LadTouchKinds *kinds);

/* The touches of an entry: how many, and of each whether it writes (owned by `kinds`, until the
 * next call). */
guint lad_touch_kinds_entry(LadTouchKinds *kinds, const LadCode *code, guint32 token,
                            const guint8 **writes);
/* The next touches of the thread's batch up to the next record: how many are known, a thousand or
 * so at most, and of each whether it writes (owned by `kinds`, until the next call). */
const guint8 *lad_touch_kinds_next(LadTouchKinds *kinds, const LadThread *thread, guint *n);
/* `n` of them are made; entries without operands behind them are passed over. */
void lad_touch_kinds_advance(LadTouchKinds *kinds, LadThread *thread, guint n);
/* The thread's batch is another now, though it may lie where the last one did. */
void lad_touch_kinds_forget(LadTouchKinds *kinds);
/* The thread (NULL: none) leaves the core, or comes to it: one that has run nowhere else since goes
 * on with what was gathered for it. */
void lad_touch_kinds_detach(LadTouchKinds *kinds, const LadThread *thread);
void lad_touch_kinds_attach(LadTouchKinds *kinds, const LadThread *thread);

#endif
