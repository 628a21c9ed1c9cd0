/*
 * Files for loading policies and for the command line: never on a request's path.
 */
#ifndef LGS_FILE_H
#define LGS_FILE_H

#include "err.h"

/*
 * The whole file in `arena`, NUL behind it. LGS_IO (code "file": missing, no permission, a
 * directory) or LGS_LIMIT (code "file-size") with the path in the error's `file`.
 */
lgs_rc_t lgs_file_read(lgs_arena_t *arena, const char *path, size_t max_bytes, lgs_str_t *text,
                       lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * Names (not paths) of the regular files in a directory that end in one of `endings` (NULL ends
 * the list; NULL list: all), sorted by byte, hidden ones left out. LGS_NOT_FOUND when there is
 * no such directory.
 */
lgs_rc_t lgs_file_list(lgs_arena_t *arena, const char *dir, const char *const *endings,
                       lgs_str_t **names, size_t *n, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Sub-directories, likewise. */
lgs_rc_t lgs_file_list_dirs(lgs_arena_t *arena, const char *dir, lgs_str_t **names, size_t *n,
                            lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
