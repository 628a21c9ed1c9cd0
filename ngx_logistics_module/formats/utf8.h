/* UTF-8 for rooms that take texts from elsewhere than a reader: a query string, a header. */
#ifndef LGS_UTF8_H
#define LGS_UTF8_H

#include "../base/lgs.h"

/* All of it, strictly by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
bool lgs_utf8_is_valid(lgs_str_t text);

#endif
