/* The growing text (buf.h): doubles, in place where the arena can. */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>

void lgs_buf_init(lgs_buf_t *buf, lgs_arena_t *arena, size_t size, size_t ceiling)
{
    *buf = (lgs_buf_t){.arena = arena, .ceiling = ceiling ? ceiling : SIZE_MAX};
    if (size) {
        (void)lgs_buf_reserve(buf, size);
    }
}

bool lgs_buf_reserve(lgs_buf_t *buf, size_t more)
{
    size_t size;
    char *data;

    if (buf->failed) {
        return false;
    }
    if (LGS_LIKELY(more <= buf->size - buf->len)) {
        return true;
    }
    if (more > buf->ceiling - buf->len) {
        buf->failed = true;
        return false;
    }
    size = buf->size > buf->ceiling / 2 ? buf->ceiling : buf->size * 2;
    if (size < buf->len + more) {
        size = buf->len + more;
    }
    data = lgs_arena_grow(buf->arena, buf->data, buf->size, size);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->size = size;
    return true;
}

void lgs_buf_add(lgs_buf_t *buf, const char *data, size_t len)
{
    if (len && lgs_buf_reserve(buf, len)) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }
}

void lgs_buf_str(lgs_buf_t *buf, lgs_str_t s)
{
    lgs_buf_add(buf, s.data, s.len);
}

void lgs_buf_cstr(lgs_buf_t *buf, const char *text)
{
    lgs_buf_add(buf, text, strlen(text));
}

void lgs_buf_byte(lgs_buf_t *buf, char byte)
{
    if (lgs_buf_reserve(buf, 1)) {
        buf->data[buf->len++] = byte;
    }
}

void lgs_buf_u64(lgs_buf_t *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    lgs_buf_add(buf, digits + at, sizeof(digits) - at);
}

void lgs_buf_i64(lgs_buf_t *buf, int64_t number)
{
    if (number < 0) {
        lgs_buf_byte(buf, '-');
        lgs_buf_u64(buf, 0 - (uint64_t)number);
        return;
    }
    lgs_buf_u64(buf, (uint64_t)number);
}

void lgs_buf_printf(lgs_buf_t *buf, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !lgs_buf_reserve(buf, (size_t)len + 1)) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

lgs_str_t lgs_buf_text(const lgs_buf_t *buf)
{
    return buf->failed ? (lgs_str_t){NULL, 0} : lgs_str(buf->data, buf->len);
}
