/*
 * Once: what makes two requests the same one. The key that its sender gave, or one made of the
 * records; and a fingerprint of the records, to tell a repetition from another content.
 */
#ifndef LGS_ONCE_H
#define LGS_ONCE_H

#include "../base/digest.h"
#include "../formats/json.h"

#define LGS_MAX_ONCE_KEY 255u /* bytes of an Idempotency-Key, without its quotes */

/*
 * Reads an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a string of RFC 8941, in
 * quotes. LGS_OK with the text in `arena`, or LGS_INVALID and *why: a clause that ends a sentence
 * about the header.
 */
lgs_rc_t lgs_once_read(lgs_arena_t *arena, lgs_str_t value, lgs_str_t *key,
                       const char **why) LGS_MUST_CHECK;

/*
 * The fingerprint of n records, `stride` bytes apart, as hex: their canonical JSON with members in
 * the order of their names and without received_at, which differs from time to time. What it needs
 * on the way is taken from `arena`. LGS_NOMEM, or LGS_LIMIT where values lie too deep.
 */
lgs_rc_t lgs_once_print(lgs_arena_t *arena, const lgs_node_t *records, uint32_t n, size_t stride,
                        char out[LGS_SHA256_HEX]) LGS_MUST_CHECK;

/*
 * The name of the idempotency record, as hex: of partner, route and key. With an empty key that of
 * a message which is known by nothing but its content.
 */
bool lgs_once_name(lgs_str_t partner, lgs_str_t route, lgs_str_t key, lgs_str_t print,
                   char out[LGS_SHA256_HEX]) LGS_MUST_CHECK;

/*
 * What the scripts keep of a key that is answered, as MessagePack (common.lua reads it): the
 * fingerprint, "done", and status, media type, body and Location of the answer.
 */
void lgs_once_answer(lgs_buf_t *buf, lgs_str_t print, lgs_str_t status, lgs_str_t type,
                     lgs_str_t body, lgs_str_t location);

#endif
