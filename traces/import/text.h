/* text.h - reading numbers out of lines of text. */
#ifndef LAD_IMPORT_TEXT_H
#define LAD_IMPORT_TEXT_H

#include <glib.h>

/* Hexadecimal digits at `*at`, 1 to 16 of them; `*at` goes past them. FALSE: none, or too many. */
static inline gboolean
lad_text_hex(const char **at, guint64 *value)
{
    guint64 sum = 0;
    guint n = 0;
    for (;; n++) {
        guint c = (guchar)(*at)[n], digit = c - '0';
        if (digit > 9) {
            digit = (c | 0x20) - 'a';
            if (digit > 5)
                break;
            digit += 10;
        }
        sum = sum << 4 | digit;
    }
    *at += n;
    *value = sum;
    return n > 0 && n <= 16;
}

/* The same in decimal; FALSE also where the value does not fit 64 bits. */
static inline gboolean
lad_text_decimal(const char **at, guint64 *value)
{
    const char *from = *at;
    guint64 sum = 0;
    gboolean fits = TRUE;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        guint64 digit = (guint64)(**at - '0');
        fits = fits && sum <= (G_MAXUINT64 - digit) / 10;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return fits && *at > from;
}

/* Hexadecimal behind 0x or 0X, else decimal. */
static inline gboolean
lad_text_number(const char **at, guint64 *value)
{
    if ((*at)[0] != '0' || ((*at)[1] | 0x20) != 'x')
        return lad_text_decimal(at, value);
    *at += 2;
    return lad_text_hex(at, value);
}

#endif
