/*
 * Inside of the room: the parts of a token's check, one function each. Refusals go into errs as
 * jwt.h says; values of a token are shown in them only through lgs_shown().
 */
#ifndef LGS_TOKEN_H
#define LGS_TOKEN_H

#include "keys.h"

/* Records a refusal and is LGS_INVALID, so that a check can `return` it. */
#define LGS_REFUSE(errs, code, ...)                                                                \
    (lgs_errs_add((errs), (code), (lgs_pos_t){0}, __VA_ARGS__), LGS_INVALID)

/* What of a JOSE header counts. `kid` is borrowed from the header. */
typedef struct {
    lgs_alg_t alg;
    lgs_str_t kid; /* data NULL: none */
} lgs_jose_t;

/* Checks alg, crit, b64, typ and kid; every other member is ignored, jku, jwk, x5u and x5c too. */
lgs_rc_t lgs_jose_read(const json_t *header, lgs_arena_t *arena, lgs_jose_t *jose,
                       lgs_errs_t *errs) LGS_MUST_CHECK;

/* Checks all claims but iss, and fills `out` but for alg. */
lgs_rc_t lgs_claims_check(const json_t *claims, const lgs_issuer_t *issuer, int64_t now_s,
                          lgs_arena_t *arena, lgs_token_t *out, lgs_errs_t *errs) LGS_MUST_CHECK;

/* The key for a token of an issuer. */
lgs_rc_t lgs_key_find(const lgs_issuer_t *issuer, const lgs_jose_t *jose, lgs_arena_t *arena,
                      const lgs_key_t **key, lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * An object or array of JSON no deeper than LGS_MAX_TOKEN_DEPTH; the caller decrefs *json. `what`
 * ("header") is named in the error, the text never is: it is part of a token.
 */
lgs_rc_t lgs_token_json(lgs_str_t text, const char *what, json_t **json,
                        lgs_errs_t *errs) LGS_MUST_CHECK;

/* The value of a string member, borrowed; data NULL when `json` is no string. */
lgs_str_t lgs_json_text(const json_t *json);

/* A value from outside for an error: quoted, printable ASCII only, cut after 80 bytes. */
lgs_str_t lgs_shown(lgs_arena_t *arena, lgs_str_t value);

/* "2026-11-21T10:00:00Z" */
lgs_str_t lgs_time_shown(lgs_arena_t *arena, int64_t epoch_s);

/* "3 h 2 m": the two largest units of a span of seconds, 0 or more. */
lgs_str_t lgs_span_shown(lgs_arena_t *arena, int64_t span_s);

#endif
