/*
 * HTML of people and programs → the text that a reader would see: what Odoo keeps of a note is
 * markup, and what is behind a customer's portal must get none of it.
 */
#ifndef LGS_PLAIN_H
#define LGS_PLAIN_H

#include "lgs.h"

/*
 * Writes the text of `html` (UTF-8) to out[] of at least html.len bytes; returns its length, which
 * is never more than html.len. No tag, comment, script or style is left; references (&amp; &#39;)
 * are decoded once; runs of blanks are one blank, paragraphs, rows, items and <br> begin a line;
 * control characters are dropped. What looks like markup in the result was text ("&lt;b&gt;"): it
 * must be escaped again before it is shown in a page. One pass, no recursion, linear in html.len.
 */
size_t lgs_html_text(lgs_str_t html, char *out);

#endif
