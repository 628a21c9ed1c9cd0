/*
 * Guides: which segments, elements and codes a transaction set or message of a version has, and the
 * check of a document (formats/edi.h) by one. The files are docs/edi-guides.md's: dictionaries of
 * segments, shared, and one short guide for each set. A guide becomes two things: a JSON Schema
 * over each segment of its dictionary, which the validator of schema/ runs, and the order of
 * segments and loops, which is walked beside it. Nothing here reads files.
 */
#ifndef LGS_GUIDE_H
#define LGS_GUIDE_H

#include "../formats/edi.h"
#include "../schema/schema.h"

/* Ceilings; a test at and past each. */
#define LGS_GUIDE_MAX_DEPTH    12u   /* loops within each other */
#define LGS_GUIDE_MAX_SLOTS    2000u /* segments and loops of one guide */
#define LGS_GUIDE_MAX_EXTENDS  4u    /* dictionaries that stand on each other */
#define LGS_GUIDE_MAX_FINDINGS 200u  /* that are told of one set */

typedef struct lgs_guides_s lgs_guides_t;
typedef struct lgs_guide_s lgs_guide_t;

/* All dictionaries and guides of one policy; lives in `arena`. NULL at the ceiling. */
lgs_guides_t *lgs_guides_create(lgs_arena_t *arena) LGS_MUST_CHECK;

/*
 * Adds a file under its name ("x12/214-004010"); `name` and `doc` must live as long as the guides.
 * LGS_OK, LGS_NOMEM, or LGS_INVALID when it is neither a guide nor a dictionary.
 */
lgs_rc_t lgs_guides_add(lgs_guides_t *guides, lgs_str_t name, const lgs_doc_t *doc,
                        lgs_errs_t *errs) LGS_MUST_CHECK;

/* When all are added, once. LGS_INVALID with every finding: file, line, column. */
lgs_rc_t lgs_guides_compile(lgs_guides_t *guides, lgs_errs_t *errs) LGS_MUST_CHECK;

/* The guide of that name; NULL: there is none, or it had findings. */
const lgs_guide_t *lgs_guides_get(const lgs_guides_t *guides, lgs_str_t name);

/* "; did you mean …" for the name of a guide, or ""; lives in `arena`. */
const char *lgs_guides_hint(const lgs_guides_t *guides, lgs_str_t name, lgs_arena_t *arena);

/* The guide for the set and version that the document says it is, or NULL. */
const lgs_guide_t *lgs_guides_find(const lgs_guides_t *guides, const lgs_doc_t *doc);

lgs_str_t lgs_guide_name(const lgs_guide_t *guide);

/* Told of each finding that the profile does not ignore; what it points to lives as `arena`. */
typedef void (*lgs_guide_see_pt)(void *data, const lgs_edi_finding_t *finding);

/*
 * Checks a document of an EDI reader. LGS_OK: nothing in it is to be refused; LGS_INVALID;
 * LGS_LIMIT: it would take too long, LGS_NOMEM. `profile` (NULL: the defaults) says what becomes of
 * each fault. Only a document with findings costs memory, from `arena`.
 */
lgs_rc_t lgs_guide_check(const lgs_guide_t *guide, const lgs_doc_t *doc,
                         const lgs_edi_profile_t *profile, lgs_arena_t *arena, lgs_guide_see_pt see,
                         void *data) LGS_MUST_CHECK;

/*
 * The same with findings as errors: those that refuse go to `errs` (code: the fault's name), the
 * others to `warnings` (NULL: nobody wants them).
 */
lgs_rc_t lgs_guide_validate(const lgs_guide_t *guide, const lgs_doc_t *doc,
                            const lgs_edi_profile_t *profile, lgs_errs_t *errs,
                            lgs_errs_t *warnings) LGS_MUST_CHECK;

#endif
