/* The door to what scan.h knows of UTF-8. */
#include "utf8.h"

#include "scan.h"

bool lgs_utf8_is_valid(lgs_str_t text)
{
    const char *p = text.data, *end = p + text.len;

    while (p < end) {
        size_t n = lgs_utf8_step(p, end);

        if (n == 0) {
            return false;
        }
        p += n;
    }
    return true;
}
