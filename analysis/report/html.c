/* html.c - head, foot, escaping and pictures of a page. */
#include "config.h"
#include "analysis/report/html.h"
#include "analysis/report/draw.h"
#include "sim/base/publish.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

void
lad_html_text(GString *html, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    g_string_append(html, escaped);
}

void
lad_html_element(GString *html, const char *open, const char *text, const char *close)
{
    g_string_append(html, open);
    lad_html_text(html, text);
    g_string_append(html, close);
}

void
lad_html_begin(GString *html, const char *title)
{
    g_string_append(html,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    lad_html_element(html, "<title>", title, "</title>\n<style>\n");
    g_string_append(html, lad_report_resource("report/page.css"));
    lad_html_element(html, "</style>\n</head>\n<body>\n<h1>", title, "</h1>\n");
}

void
lad_html_picture(GString *html, const char *svg, const char *stem, const char *title)
{
    const char *begin = strstr(svg, "<svg");
    g_autoptr(GString) text = g_string_new(begin ? begin : svg);
    g_autofree char *prefix = g_strdup_printf("id=\"%s-", stem);
    g_autofree char *reference = g_strdup_printf("href='#%s-", stem);
    g_autofree char *quoted = g_strdup_printf("id='%s-", stem);
    g_autofree char *url = g_strdup_printf("url(#%s-", stem);
    g_autofree char *escaped = g_markup_escape_text(title, -1);
    g_autofree char *named = g_strdup_printf("<title>%s</title>", escaped);
    g_string_replace(text, "id=\"", prefix, 0);
    g_string_replace(text, "id='", quoted, 0);
    g_string_replace(text, "href='#", reference, 0);
    g_string_replace(text, "url(#", url, 0);
    g_string_replace(text, "<title>Gnuplot</title>", named, 1);
    g_string_replace(text, "<svg", "<svg role=\"img\"", 1);
    g_string_append(html, text->str);
}

gboolean
lad_html_directory(const char *directory, GError **error)
{
    if (g_mkdir_with_parents(directory, 0777) == 0)
        return TRUE;
    g_set_error(error, LAD_ERROR, LAD_ERROR_IO, "cannot make the directory %s: %s", directory,
                g_strerror(errno));
    return FALSE;
}

gboolean
lad_html_write(GString *html, const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "index.html", NULL);
    g_string_append(html, "</body>\n</html>\n");
    return lad_publish(path, NULL, html->str, (gssize)html->len, 0, error);
}
