/*
 * Files and directory listings (file.h) for policy loads and the command line. Everything handed
 * out lives in the caller's arena; descriptors never outlive a call. Links are followed, since a
 * mounted configuration (Kubernetes) consists of links.
 */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ 4096u /* for what has no size: pipes, /proc */

typedef struct {
    lgs_arena_t *arena;
    lgs_str_t *names;
    size_t n, size;
    bool want_dirs;
    const char *const *endings;
} listing_t;

static lgs_rc_t read_all(lgs_arena_t *arena, int fd, size_t size, size_t max_bytes,
                         lgs_str_t *text);
static lgs_rc_t fail(lgs_errs_t *errs, const char *path, int error);
static lgs_rc_t too_large(lgs_errs_t *errs, const char *path, size_t max_bytes);
static lgs_rc_t list(listing_t *listing, const char *dir, lgs_errs_t *errs);
static lgs_rc_t list_entries(listing_t *listing, DIR *handle, const char *dir, lgs_errs_t *errs);
static bool is_wanted(const listing_t *listing, DIR *handle, const struct dirent *entry);
static bool has_ending(const char *name, const char *const *endings);
static lgs_rc_t add_name(listing_t *listing, const char *name);
static int compare_names(const void *a, const void *b);
static void set_file(lgs_errs_t *errs, lgs_err_t *err, const char *path);

lgs_rc_t lgs_file_read(lgs_arena_t *arena, const char *path, size_t max_bytes, lgs_str_t *text,
                       lgs_errs_t *errs)
{
    struct stat info;
    lgs_rc_t rc;
    int error, fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return fail(errs, path, errno);
    }
    if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
        error = S_ISDIR(info.st_mode) ? EISDIR : errno;
        close(fd);
        return fail(errs, path, error);
    }
    if (S_ISREG(info.st_mode) && (uint64_t)info.st_size > max_bytes) {
        close(fd);
        return too_large(errs, path, max_bytes);
    }
    rc = read_all(arena, fd, (size_t)info.st_size, max_bytes, text);
    error = errno;
    close(fd);
    switch (rc) {
    case LGS_IO:
        return fail(errs, path, error);
    case LGS_LIMIT:
        return too_large(errs, path, max_bytes);
    case LGS_NOMEM:
        return lgs_errs_nomem(errs);
    default:
        return rc;
    }
}

/* The size is only a hint: a file may grow, and pipes have none. Records nothing. */
static lgs_rc_t read_all(lgs_arena_t *arena, int fd, size_t size, size_t max_bytes, lgs_str_t *text)
{
    size_t room = size ? size + 1 : FIRST_READ, len = 0;
    char *data = lgs_arena_alloc(arena, room + 1);

    for (;;) {
        ssize_t got;

        if (data == NULL) {
            return LGS_NOMEM;
        }
        got = read(fd, data + len, room - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return LGS_IO;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
        if (len > max_bytes) {
            return LGS_LIMIT;
        }
        if (len == room) {
            data = lgs_arena_grow(arena, data, room + 1, room * 2 + 1);
            room *= 2;
        }
    }
    data[len] = '\0';
    *text = lgs_str(data, len);
    return LGS_OK;
}

lgs_rc_t lgs_file_list(lgs_arena_t *arena, const char *dir, const char *const *endings,
                       lgs_str_t **names, size_t *n, lgs_errs_t *errs)
{
    listing_t listing = {.arena = arena, .endings = endings};
    lgs_rc_t rc = list(&listing, dir, errs);

    *names = rc == LGS_OK ? listing.names : NULL;
    *n = rc == LGS_OK ? listing.n : 0;
    return rc;
}

lgs_rc_t lgs_file_list_dirs(lgs_arena_t *arena, const char *dir, lgs_str_t **names, size_t *n,
                            lgs_errs_t *errs)
{
    listing_t listing = {.arena = arena, .want_dirs = true};
    lgs_rc_t rc = list(&listing, dir, errs);

    *names = rc == LGS_OK ? listing.names : NULL;
    *n = rc == LGS_OK ? listing.n : 0;
    return rc;
}

static lgs_rc_t list(listing_t *listing, const char *dir, lgs_errs_t *errs)
{
    DIR *handle = opendir(dir);
    lgs_rc_t rc;

    if (handle == NULL) {
        return errno == ENOENT ? LGS_NOT_FOUND : fail(errs, dir, errno);
    }
    rc = list_entries(listing, handle, dir, errs);
    closedir(handle);
    if (rc == LGS_OK && listing->n) {
        qsort(listing->names, listing->n, sizeof(lgs_str_t), compare_names);
    }
    return rc;
}

static lgs_rc_t list_entries(listing_t *listing, DIR *handle, const char *dir, lgs_errs_t *errs)
{
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(handle);
        if (entry == NULL) {
            return errno ? fail(errs, dir, errno) : LGS_OK;
        }
        if (!is_wanted(listing, handle, entry)) {
            continue;
        }
        if (listing->n == LGS_MAX_DIR_ENTRIES) {
            set_file(errs,
                     lgs_errs_add(errs, "dir-size", (lgs_pos_t){0}, "holds more than %u entries",
                                  LGS_MAX_DIR_ENTRIES),
                     dir);
            return LGS_LIMIT;
        }
        if (add_name(listing, entry->d_name) != LGS_OK) {
            return lgs_errs_nomem(errs);
        }
    }
}

static bool is_wanted(const listing_t *listing, DIR *handle, const struct dirent *entry)
{
    struct stat info;

    if (entry->d_name[0] == '.') {
        return false;
    }
    if (!listing->want_dirs && !has_ending(entry->d_name, listing->endings)) {
        return false;
    }
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR) {
        return (entry->d_type == DT_DIR) == listing->want_dirs;
    }
    if (fstatat(dirfd(handle), entry->d_name, &info, 0) != 0) {
        return !listing->want_dirs; /* a link to nowhere is listed: reading it then says so */
    }
    return listing->want_dirs ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode);
}

static bool has_ending(const char *name, const char *const *endings)
{
    size_t len = strlen(name);

    for (; endings && *endings; endings++) {
        size_t n = strlen(*endings);

        if (len > n && memcmp(name + len - n, *endings, n) == 0) {
            return true;
        }
    }
    return endings == NULL;
}

static lgs_rc_t add_name(listing_t *listing, const char *name)
{
    lgs_str_t copy = lgs_arena_str(listing->arena, lgs_cstr(name));

    if (copy.data == NULL) {
        return LGS_NOMEM;
    }
    if (listing->n == listing->size) {
        size_t size = listing->size ? listing->size * 2 : 16;
        lgs_str_t *names = lgs_arena_grow(listing->arena, listing->names,
                                          listing->size * sizeof(*names), size * sizeof(*names));

        if (names == NULL) {
            return LGS_NOMEM;
        }
        listing->names = names;
        listing->size = size;
    }
    listing->names[listing->n++] = copy;
    return LGS_OK;
}

static int compare_names(const void *a, const void *b)
{
    const lgs_str_t *left = a, *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->data, right->data, len);

    return order ? order : (left->len > right->len) - (left->len < right->len);
}

static lgs_rc_t fail(lgs_errs_t *errs, const char *path, int error)
{
    set_file(errs,
             lgs_errs_add(errs, "file", (lgs_pos_t){0}, "cannot be read: %s", strerror(error)),
             path);
    return LGS_IO;
}

static lgs_rc_t too_large(lgs_errs_t *errs, const char *path, size_t max_bytes)
{
    set_file(errs,
             lgs_errs_add(errs, "file-size", (lgs_pos_t){0}, "is larger than %zu bytes", max_bytes),
             path);
    return LGS_LIMIT;
}

static void set_file(lgs_errs_t *errs, lgs_err_t *err, const char *path)
{
    if (err) {
        err->file = lgs_arena_str(errs->arena, lgs_cstr(path));
    }
}
