/* text.h - reading numbers out of lines of text. */
#ifndef LAD_IMPORT_TEXT_H
#define LAD_IMPORT_TEXT_H

#include <glib.h>
#include <string.h>

static inline void
lad_text_skip_blanks(const char **at)
{
    while (**at == ' ' || **at == '\t')
        (*at)++;
}

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
    enum { ALWAYS_FIT = 19 };
    const char *from = *at, *digits = *at;
    guint64 sum = 0;
    gboolean fits = TRUE;
    for (guint digit; digits - from < ALWAYS_FIT && (digit = (guchar)*digits - '0') <= 9; digits++)
        sum = sum * 10 + digit;
    for (*at = digits; **at >= '0' && **at <= '9'; (*at)++) {
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

/* ---- Eight bytes at a time --------------------------------------------------------------------
 *
 * For what LAD_IMPORT_LINE_SLACK bytes may be read behind, as of lad_import_line. */

/* The first byte is the lowest. */
static inline guint64
lad_text_word(const char *at)
{
    guint64 word;
    memcpy(&word, at, sizeof word);
    return GUINT64_FROM_LE(word);
}

/* With how many hexadecimal digits the word begins, and their value. */
static inline guint
lad_text_hex_word(guint64 word, guint64 *value)
{
    const guint64 each = G_GUINT64_CONSTANT(0x0101010101010101), top = each << 7;
    guint64 low = word & ~top, letter = low | each * 0x20;
    /* The top bit of a byte that is in the range: none carries into the next. */
    guint64 decimal = (low + each * (0x80 - '0')) & ~(low + each * (0x7f - '9'));
    guint64 further = (letter + each * (0x80 - 'a')) & ~(letter + each * (0x7f - 'f'));
    guint64 other = (~(decimal | further) | word) & top;
    guint n = other == 0 ? 8 : (guint)__builtin_ctzll(other) / 8;
    *value = 0;
    if (n == 0)
        return 0;
    guint64 v = ((word & each * 15) + 9 * ((word >> 6) & each)) << (64 - 8 * n);
    v = (v << 4 | v >> 8) & G_GUINT64_CONSTANT(0x00ff00ff00ff00ff);
    v = (v << 8 | v >> 16) & G_GUINT64_CONSTANT(0x0000ffff0000ffff);
    *value = (v << 16 | v >> 32) & G_MAXUINT32;
    return n;
}

/* As lad_text_number. */
static inline gboolean
lad_text_number_wide(const char **at, guint64 *value)
{
    guint64 low;
    if ((*at)[0] != '0' || ((*at)[1] | 0x20) != 'x')
        return lad_text_decimal(at, value);
    *at += 2;
    guint n = lad_text_hex_word(lad_text_word(*at), value);
    *at += n;
    if (n < 8)
        return n > 0;
    n = lad_text_hex_word(lad_text_word(*at), &low);
    *at += n;
    *value = *value << (4 * n) | low;
    return n < 8 || !g_ascii_isxdigit(**at);
}

#endif
