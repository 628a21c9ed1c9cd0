/*
 * How values of a token, times and spans look in error texts. A token's values come from outside:
 * they are cut and made printable here, so that a log line stays one line.
 */
#include "token.h"

#include "../base/datetime.h"

#define MAX_SHOWN 80u

lgs_str_t lgs_shown(lgs_arena_t *arena, lgs_str_t value)
{
    size_t n = value.len < MAX_SHOWN ? value.len : MAX_SHOWN;
    const char *tail = n < value.len ? "..." : "";
    char text[MAX_SHOWN];
    lgs_str_t shown;

    for (size_t i = 0; i < n; i++) {
        char c = value.data[i];

        text[i] = c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c;
    }
    shown = lgs_arena_printf(arena, "\"%.*s%s\"", (int)n, text, tail);
    return shown.data ? shown : LGS_STR("\"?\"");
}

lgs_str_t lgs_time_shown(lgs_arena_t *arena, int64_t epoch_s)
{
    lgs_datetime_t time;
    lgs_str_t shown;

    lgs_datetime_from_epoch(epoch_s, 0, &time);
    shown = lgs_datetime_text(arena, &time);
    return shown.data ? shown : LGS_STR("?");
}

lgs_str_t lgs_span_shown(lgs_arena_t *arena, int64_t span_s)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    size_t i = 0;
    int64_t rest;
    lgs_str_t shown;

    while (i + 1 < LGS_N(units) && span_s < units[i].seconds) {
        i++;
    }
    rest = i + 1 < LGS_N(units) ? span_s % units[i].seconds / units[i + 1].seconds : 0;
    if (rest) {
        shown = lgs_arena_printf(arena, "%lld %s %lld %s", (long long)(span_s / units[i].seconds),
                                 units[i].unit, (long long)rest, units[i + 1].unit);
    } else {
        shown = lgs_arena_printf(arena, "%lld %s", (long long)(span_s / units[i].seconds),
                                 units[i].unit);
    }
    return shown.data ? shown : LGS_STR("?");
}
