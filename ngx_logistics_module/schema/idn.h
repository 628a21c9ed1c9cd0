/*
 * Internationalized host names: labels as IDNA 2008 has them (RFC 5890 to 5893), in letters of any
 * script or as Punycode ("xn--…"). Private to schema/.
 */
#ifndef LGS_IDN_H
#define LGS_IDN_H

#include "../base/lgs.h"

#define LGS_MAX_HOST  253u
#define LGS_MAX_LABEL 63u

/* A host name in Unicode; its dots may be those of Chinese and Japanese keyboards. */
bool lgs_is_idn_host(lgs_str_t text);

/* A label "xn--…" of a host name in ASCII. */
bool lgs_is_a_label(lgs_str_t label);

/* Traits of a character that may stand in a label. */
#define IDN_BIDI         0x007u /* one of idn_bidi_t */
#define IDN_MARK         0x008u
#define IDN_VIRAMA       0x010u
#define IDN_CONTEXT      0x020u /* only where a rule of RFC 5892 appendix A allows it */
#define IDN_JOIN_LEFT    0x040u /* joins what follows it (Joining_Type L or D) */
#define IDN_JOIN_RIGHT   0x080u /* … what is before it (R or D) */
#define IDN_JOIN_THROUGH 0x100u
#define IDN_GREEK        0x200u
#define IDN_HEBREW       0x400u
#define IDN_JAPANESE     0x800u /* Hiragana, Katakana or Han */

typedef enum { BIDI_L, BIDI_R, BIDI_AN, BIDI_EN, BIDI_NSM, BIDI_ON } idn_bidi_t;

typedef struct {
    uint32_t first;
    uint16_t more; /* characters behind the first */
    uint16_t traits;
} idn_range_t;

extern const idn_range_t lgs_idn_ranges[]; /* in order */
extern const size_t lgs_n_idn_ranges;

#endif
