/* text.h - writing numbers as text; each returns the place behind the last digit. */
#ifndef LAD_EXPORT_TEXT_H
#define LAD_EXPORT_TEXT_H

#include <glib.h>
#include <string.h>

/* In hexadecimal, with at least `least` digits. */
static inline char *
lad_write_hex(char *at, guint64 value, guint least)
{
    guint n = 1;
    while (n < 16 && value >> (4 * n) != 0)
        n++;
    n = MAX(n, least);
    for (guint i = n; i-- > 0; value >>= 4)
        at[i] = "0123456789abcdef"[value & 15];
    return at + n;
}

static inline char *
lad_write_decimal(char *at, guint64 value)
{
    char digits[20];
    guint n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static inline char *
lad_write_text(char *at, const char *text)
{
    gsize n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

#endif
