/* html.h - pieces of a page that needs nothing else: no network, no scripts, no files beside it. */
#ifndef LAD_REPORT_HTML_H
#define LAD_REPORT_HTML_H

#include <memladder/error.h>

/* The page up to its heading, with the style. */
void lad_html_begin(GString *html, const char *title);
/* `text`, escaped. */
void lad_html_text(GString *html, const char *text);
/* `open` and `close` as they are, `text` between them escaped. */
void lad_html_element(GString *html, const char *open, const char *text, const char *close);
/* A picture of gnuplot with `title` for those who cannot see it; `stem` keeps its identifiers apart
 * from those of other pictures. */
void lad_html_picture(GString *html, const char *svg, const char *stem, const char *title);
/* Makes `directory` if need be. Errors: IO. */
gboolean lad_html_directory(const char *directory, GError **error);
/* Ends the page and writes DIRECTORY/index.html. Errors: IO. */
gboolean lad_html_write(GString *html, const char *directory, GError **error);

#endif
