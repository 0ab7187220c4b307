/* types.h - the quantities every part of memladder speaks in.
 *
 * Time is an unsigned count of picoseconds since the start of the run; sizes are bytes; pages are
 * logical page numbers, dense per host, given at first touch. Ranges are half-open, [start, end).
 */
#ifndef MEMLADDER_TYPES_H
#define MEMLADDER_TYPES_H

#include <glib.h>

G_BEGIN_DECLS

/* Picoseconds since the start of the run; 2^64 ps are 213 days. */
typedef guint64 LadTime;
/* A size or an amount of traffic, in bytes. */
typedef guint64 LadBytes;
/* A logical page of a host: (address space, virtual page) for private memory, (file, offset) for
 * shared mappings. Survives migration. */
typedef guint32 LadPage;

#define LAD_PS ((LadTime)1)
#define LAD_NS ((LadTime)1000)
#define LAD_US ((LadTime)1000000)
#define LAD_MS ((LadTime)1000000000)
#define LAD_S  ((LadTime)1000000000000)

#define LAD_TIME_MAX (G_MAXUINT64 - 1)
/* Answered by a resource that will report the completion by an event instead. */
#define LAD_PENDING G_MAXUINT64

#define LAD_KIB ((LadBytes)1 << 10)
#define LAD_MIB ((LadBytes)1 << 20)
#define LAD_GIB ((LadBytes)1 << 30)

#define LAD_PAGE_NONE  G_MAXUINT32
#define LAD_PAGE_SHIFT 12
#define LAD_PAGE_BYTES ((LadBytes)1 << LAD_PAGE_SHIFT)

/* The most tiers one host can have; a tier index fits a byte of the page word. */
#define LAD_MAX_TIERS 16
#define LAD_TIER_NONE 0xff

G_END_DECLS
#endif
