#include "../../../ngx_logistics_module/base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"

static char folder[] = "/tmp/lgs-test-file-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *bytes, size_t len)
{
    FILE *file = fopen(path_of(name), "w");

    CHECK(file != NULL);
    if (file) {
        CHECK(fwrite(bytes, 1, len, file) == len);
        fclose(file);
    }
}

static void drop(const char *name)
{
    CHECK(remove(path_of(name)) == 0);
}

TEST(a_file_is_read_whole_with_a_nul_behind_it)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_str_t text;

    put("a", "one\0two", 7);
    CHECK(lgs_file_read(arena, path_of("a"), 7, &text, NULL) == LGS_OK);
    CHECK(text.len == 7 && memcmp(text.data, "one\0two", 8) == 0);
    put("a", "", 0);
    CHECK(lgs_file_read(arena, path_of("a"), 0, &text, NULL) == LGS_OK && text.len == 0);
    CHECK(text.data && text.data[0] == '\0');
    drop("a");
    lgs_arena_destroy(arena);
}

TEST(size_is_limited_at_the_byte)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_str_t text;

    lgs_errs_init(&errs, arena, 5);
    put("a", "12345678", 8);
    CHECK(lgs_file_read(arena, path_of("a"), 8, &text, &errs) == LGS_OK);
    CHECK(lgs_file_read(arena, path_of("a"), 7, &text, &errs) == LGS_LIMIT);
    CHECK(errs.n == 1 && strcmp(errs.first->code, "file-size") == 0);
    CHECK_STR(errs.first->file, path_of("a"));
    /* no size to be known in front: counted while it is read */
    CHECK(lgs_file_read(arena, "/dev/zero", 100000, &text, &errs) == LGS_LIMIT);
    drop("a");
    lgs_arena_destroy(arena);
}

TEST(what_cannot_be_read_is_named)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_str_t text;

    lgs_errs_init(&errs, arena, 5);
    CHECK(lgs_file_read(arena, path_of("none"), 10, &text, &errs) == LGS_IO);
    CHECK(strcmp(errs.last->code, "file") == 0);
    CHECK_STR(errs.last->file, path_of("none"));
    CHECK_STR(errs.last->text, "cannot be read: No such file or directory");
    CHECK(lgs_file_read(arena, folder, 10, &text, &errs) == LGS_IO);
    CHECK_STR(errs.last->text, "cannot be read: Is a directory");
    CHECK_INT(errs.n, 2);
    lgs_arena_destroy(arena);
}

static void *feed(void *path)
{
    char bytes[10000];
    int fd = open(path, O_WRONLY);

    memset(bytes, 'x', sizeof(bytes));
    for (size_t done = 0; fd >= 0 && done < sizeof(bytes);) {
        ssize_t n = write(fd, bytes + done,
                          sizeof(bytes) - done < 777 ? sizeof(bytes) - done : 777);

        if (n < 0) {
            break;
        }
        done += (size_t)n;
    }
    close(fd);
    return NULL;
}

static lgs_rc_t read_pipe(lgs_arena_t *arena, size_t max_bytes, lgs_str_t *text)
{
    char path[256];
    pthread_t writer;
    lgs_rc_t rc;

    snprintf(path, sizeof(path), "%s", path_of("pipe"));
    CHECK(mkfifo(path, 0600) == 0);
    CHECK(pthread_create(&writer, NULL, feed, path) == 0);
    rc = lgs_file_read(arena, path, max_bytes, text, NULL);
    pthread_join(writer, NULL);
    drop("pipe");
    return rc;
}

TEST(a_pipe_is_read_to_its_end_and_limited_at_the_byte)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_str_t text = {NULL, 0};

    CHECK(read_pipe(arena, 10000, &text) == LGS_OK);
    CHECK_INT(text.len, 10000);
    CHECK(read_pipe(arena, 9999, &text) == LGS_LIMIT);
    lgs_arena_destroy(arena);
}

TEST(lists_are_sorted_and_follow_links)
{
    static const char *const endings[] = {".yaml", ".yml", NULL};
    static const char *const names[] = {"b.yaml",       "B.yml",  "a.yaml", "aa.yaml",
                                        ".hidden.yaml", "c.json", ".yaml"};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_str_t *list;
    size_t n;

    for (size_t i = 0; i < LGS_N(names); i++) {
        put(names[i], "", 0);
    }
    CHECK(mkdir(path_of("dir.yaml"), 0700) == 0);
    CHECK(symlink("c.json", path_of("link.yaml")) == 0);
    CHECK(symlink("nowhere", path_of("lost.yaml")) == 0);
    CHECK(symlink("dir.yaml", path_of("linked-dir")) == 0);

    CHECK(lgs_file_list(arena, folder, endings, &list, &n, NULL) == LGS_OK);
    CHECK_INT(n, 6);
    CHECK(n == 6);
    for (size_t i = 0; i < n && i < 6; i++) {
        static const char *const want[] = {"B.yml",  "a.yaml",    "aa.yaml",
                                           "b.yaml", "link.yaml", "lost.yaml"};

        CHECK_STR(list[i], want[i]);
    }
    CHECK(lgs_file_list(arena, folder, NULL, &list, &n, NULL) == LGS_OK && n == 7);
    CHECK(lgs_file_list_dirs(arena, folder, &list, &n, NULL) == LGS_OK && n == 2);
    CHECK_STR(list[0], "dir.yaml");
    CHECK_STR(list[1], "linked-dir");

    for (size_t i = 0; i < LGS_N(names); i++) {
        drop(names[i]);
    }
    drop("dir.yaml");
    drop("link.yaml");
    drop("lost.yaml");
    drop("linked-dir");
    lgs_arena_destroy(arena);
}

TEST(no_such_folder_is_not_an_error_but_a_file_is)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_str_t *list;
    size_t n = 1;

    lgs_errs_init(&errs, arena, 5);
    CHECK(lgs_file_list(arena, path_of("none"), NULL, &list, &n, &errs) == LGS_NOT_FOUND);
    CHECK(n == 0 && list == NULL && errs.n == 0);
    put("a", "", 0);
    CHECK(lgs_file_list(arena, path_of("a"), NULL, &list, &n, &errs) == LGS_IO);
    CHECK_INT(errs.n, 1);
    drop("a");
    lgs_arena_destroy(arena);
}

TEST(a_folder_has_a_limit)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_str_t *list;
    size_t n;
    char name[32];

    lgs_errs_init(&errs, arena, 5);
    for (unsigned i = 0; i < LGS_MAX_DIR_ENTRIES; i++) {
        snprintf(name, sizeof(name), "%u", i);
        CHECK(mknod(path_of(name), S_IFREG | 0600, 0) == 0);
    }
    CHECK(lgs_file_list(arena, folder, NULL, &list, &n, &errs) == LGS_OK);
    CHECK_INT(n, LGS_MAX_DIR_ENTRIES);
    put("one-more", "", 0);
    CHECK(lgs_file_list(arena, folder, NULL, &list, &n, &errs) == LGS_LIMIT);
    CHECK(errs.n == 1 && strcmp(errs.first->code, "dir-size") == 0);
    drop("one-more");
    for (unsigned i = 0; i < LGS_MAX_DIR_ENTRIES; i++) {
        snprintf(name, sizeof(name), "%u", i);
        drop(name);
    }
    lgs_arena_destroy(arena);
}

TEST(no_memory_is_an_error_at_every_ceiling)
{
    bool was_ok = false;

    for (unsigned i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof(name), "file-%u", i);
        put(name, "0123456789", 10);
    }
    for (size_t ceiling = 120; !was_ok && ceiling < 20000; ceiling += 64) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_errs_t errs;
        lgs_str_t *list, text;
        size_t n;
        lgs_rc_t rc;

        lgs_errs_init(&errs, arena, 2);
        rc = lgs_file_list(arena, folder, NULL, &list, &n, &errs);
        was_ok = rc == LGS_OK &&
                 lgs_file_read(arena, path_of("file-3"), 10, &text, &errs) == LGS_OK;
        CHECK(was_ok || (errs.n == 1 && strcmp(errs.first->code, "out-of-memory") == 0));
        lgs_arena_destroy(arena);
    }
    CHECK(was_ok);
    for (unsigned i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof(name), "file-%u", i);
        drop(name);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that stops early */
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    RUN(a_file_is_read_whole_with_a_nul_behind_it);
    RUN(size_is_limited_at_the_byte);
    RUN(what_cannot_be_read_is_named);
    RUN(a_pipe_is_read_to_its_end_and_limited_at_the_byte);
    RUN(lists_are_sorted_and_follow_links);
    RUN(no_such_folder_is_not_an_error_but_a_file_is);
    RUN(a_folder_has_a_limit);
    RUN(no_memory_is_an_error_at_every_ceiling);
    rmdir(folder);
    return DONE();
}
