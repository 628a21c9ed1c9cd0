/*
 * EDI: X12, EDIFACT and TRADACOMS. A document is one transaction set or message with the envelope
 * that it came in:
 *
 *   {"message": {"standard": "x12", "type": "214", "version": "004010", "control": "0001", …},
 *    "ISA": {"01": "00", …}, "GS": {…},
 *    "segments": [{"ST": {"01": "214", "02": "0001"}}, {"B10": {…}}, …, {"SE": {…}}]}
 *
 * A segment is an object with its tag as the one member, whose value has its elements by number:
 * X12 as its guides count ("01", components "01" in an object where there are several), EDIFACT and
 * TRADACOMS from "0", each an object of components from "0" (a directory may make a composite of an
 * element, a sender may leave components out: the shape stays). Repetitions are an array. What is
 * not there has no member. docs/architecture.md says why.
 *
 * What is wrong with an envelope has a name for each thing that can be (lgs_edi_check_t); the
 * profile says of each what becomes of it.
 */
#ifndef LGS_EDI_H
#define LGS_EDI_H

#include "edi_fault.h"
#include "input.h"

typedef enum { LGS_EDI_X12, LGS_EDI_EDIFACT, LGS_EDI_TRADACOMS, LGS_EDI_N_STANDARDS } lgs_edi_t;

typedef enum { LGS_EDI_INTERCHANGE, LGS_EDI_GROUP, LGS_EDI_SET, LGS_EDI_N_LEVELS } lgs_edi_level_t;

/* Ceilings; a test at and past each. */
#define LGS_EDI_MAX_HEADER      512u       /* bytes of an ISA segment */
#define LGS_EDI_MAX_SEGMENT     32768u     /* bytes of one segment, binary data excepted */
#define LGS_EDI_MAX_SET         (5u << 20) /* bytes of one transaction set or message */
#define LGS_EDI_MAX_SEGMENTS    200000u    /* segments of one */
#define LGS_EDI_MAX_ELEMENTS    256u       /* of one segment */
#define LGS_EDI_MAX_COMPONENTS  64u        /* of one element */
#define LGS_EDI_MAX_REPETITIONS 256u       /* of one element */

/*
 * A segment has its tag in one word in its own `hash`, so that who looks for one needs not look
 * into it; a list of segments has there a bit for each tag in it (several tags share one): what is
 * surely not in a list needs not be looked for. 0: longer than a tag may be, or empty.
 */
static inline uint32_t lgs_edi_tag(lgs_str_t tag)
{
    uint32_t mask = 0xffffffu >> (24 - 8 * tag.len) % 32;

    return tag.len - 1 < 3 ? (uint32_t)lgs_hash_tail(tag.data, tag.len) & mask : 0;
}

/*
 * The highest bits tell tags best from each other. The factor is one by which few of the tags that
 * a mapping of ours reads share a bit: 140 pairs in all 33 of them, 236 by that of the golden
 * ratio.
 */
static inline uint32_t lgs_edi_mix(uint32_t tag)
{
    return tag * UINT32_C(0x1e89700b);
}

static inline uint32_t lgs_edi_tag_bit(uint32_t tag)
{
    return UINT32_C(1) << (lgs_edi_mix(tag) >> 27);
}

/* ---- what can be wrong ---- */

/* The first four of each level in this order: its beginning, its end, its count, its number. */
typedef enum {
    LGS_EDI_NO_INTERCHANGE, /* no_isa, no_unb, no_stx: a fragment */
    LGS_EDI_INTERCHANGE_END,
    LGS_EDI_INTERCHANGE_COUNT,
    LGS_EDI_INTERCHANGE_NUMBER,
    LGS_EDI_NO_GROUP,
    LGS_EDI_GROUP_END,
    LGS_EDI_GROUP_COUNT,
    LGS_EDI_GROUP_NUMBER,
    LGS_EDI_NO_SET, /* an end without its beginning */
    LGS_EDI_SET_END,
    LGS_EDI_SET_COUNT,
    LGS_EDI_SET_NUMBER,
    LGS_EDI_SET_REPEATED, /* the number of the set before it again */
    LGS_EDI_GROUP_TYPE,   /* GS01 does not go with ST01 */
    LGS_EDI_NOT_DIGITS,   /* ISA13 is no number */
    LGS_EDI_HEADER_WIDTH, /* ISA whose elements are not of the standard's lengths */
    LGS_EDI_HEADER_BREAK, /* line ends within the header: all of it is wrapped */
    LGS_EDI_LEADING,      /* bytes before the header */
    LGS_EDI_TRAILING,     /* bytes behind the last interchange */
    LGS_EDI_LINE_BREAK,   /* a line end within a segment is part of its data */
    LGS_EDI_BLANK,        /* a segment with nothing in it */
    LGS_EDI_TAG,          /* a segment whose tag is none */
    LGS_EDI_OUTSIDE,      /* a segment outside of sets */
    LGS_EDI_PACKAGE,      /* an object (UNO, UNP): it is passed over */
    LGS_EDI_UNTERMINATED, /* the last segment has no terminator */
    LGS_EDI_CHARSET,      /* bytes above 127 where the header says 7-bit */
    LGS_EDI_BYTE,         /* a byte that is no character */
    /* what the reader does not look for, but who knows the sender */
    LGS_EDI_SENDER,         /* not an id of the partner */
    LGS_EDI_RECEIVER,       /* not one of ours */
    LGS_EDI_TEST_INDICATOR, /* a test where none belong, or none where only they do */
    LGS_EDI_DUPLICATE,      /* the control number of another interchange again */
    LGS_EDI_NOT_AGREED,     /* a set that this partner may not send */
    LGS_EDI_GROUP_SENDER,   /* likewise, of a group */
    LGS_EDI_GROUP_RECEIVER,
    LGS_EDI_N_CHECKS
} lgs_edi_check_t;

/* How the acknowledgements say it; NULL: they have no word for it. */
typedef struct {
    const char *set997;   /* 718 */
    const char *group997; /* 716 */
    const char *ta1;      /* I18 */
    const char *contrl;   /* 0085 */
} lgs_edi_codes_t;

/* The name of a check ("se01_count"), and its codes; never NULL. */
const char *lgs_edi_check_name(lgs_edi_t standard, lgs_edi_check_t check);
const lgs_edi_codes_t *lgs_edi_check_codes(lgs_edi_check_t check);

/*
 * The checks that a word of a profile means, as bits (1 << lgs_edi_check_t): the name of one, in
 * any of the three standards, or "counts", "numbers", "ends", "begins". 0: no such word.
 */
uint64_t lgs_edi_check_bits(lgs_str_t word);

/* All such words, for "did you mean"; returns how many. */
#define LGS_EDI_MAX_CHECK_NAMES (LGS_EDI_N_CHECKS * LGS_EDI_N_STANDARDS + 8u)
size_t lgs_edi_check_names(lgs_str_t *names, size_t max);

/* ---- profile ---- */

typedef enum { LGS_EDI_WRAP_AUTO, LGS_EDI_WRAP_YES, LGS_EDI_WRAP_NO } lgs_edi_wrap_t;

typedef struct lgs_edi_profile_s {
    unsigned char checks[LGS_EDI_N_CHECKS]; /* lgs_edi_severity_t */
    unsigned char faults[LGS_EDI_N_FAULTS]; /* likewise, of what a guide finds */
    lgs_edi_wrap_t wrap;                    /* AUTO: as the header is */
    bool has_no_repetition;                 /* the repetition separator is data */
    bool has_charset;
    unsigned charset; /* lgs_charset_t, with has_charset */
} lgs_edi_profile_t;

/* What the profile (NULL: all zero, the defaults) says to a finding; never DEFAULT. */
lgs_edi_severity_t lgs_edi_severity(const lgs_edi_profile_t *profile, lgs_edi_check_t check);
lgs_edi_severity_t lgs_edi_fault_severity(const lgs_edi_profile_t *profile, lgs_edi_fault_t fault);

/*
 * Sets what becomes of what the word means: a check or a fault by its name, several by that of
 * their family ("counts", "unknown"), or "all". False: no such word.
 */
bool lgs_edi_profile_set(lgs_edi_profile_t *profile, lgs_str_t word,
                         lgs_edi_severity_t severity) LGS_MUST_CHECK;

/* All such words, for "did you mean"; returns how many. */
#define LGS_EDI_MAX_PROFILE_WORDS (LGS_EDI_MAX_CHECK_NAMES + 2u * LGS_EDI_N_FAULTS)
size_t lgs_edi_profile_words(lgs_str_t *words, size_t max);

/* ---- what was read, for acknowledgements and for people ---- */

/* A piece of a segment: what stands between two separators. */
typedef struct {
    uint32_t at;      /* in the segment's or set's bytes */
    uint32_t n_flags; /* length << 8 | flags (edi_scan.h) */
} lgs_edi_piece_t;

/* One segment of an envelope; lives until the next call of the reader. */
typedef struct {
    lgs_str_t text;
    const lgs_edi_piece_t *pieces;
    uint32_t n;
} lgs_edi_segment_t;

/* A component by numbers from 1 (tag: element 0), as it was written; empty when there is none. */
lgs_str_t lgs_edi_value(const lgs_edi_segment_t *segment, uint32_t element, uint32_t component);

typedef struct {
    lgs_edi_segment_t head; /* empty: there is none */
    lgs_pos_t pos;
    uint32_t n_children; /* that came: groups (or sets without them), sets, segments */
    lgs_str_t number;    /* of the head; empty: none */
    lgs_str_t stated;    /* how many the trailer says; empty: none */
    bool is_refused;
} lgs_edi_unit_t;

typedef struct {
    lgs_edi_check_t check;
    lgs_edi_severity_t severity;
    lgs_edi_level_t level;
    lgs_pos_t pos;
    lgs_str_t tag;  /* of the segment that it is about; may be empty */
    lgs_str_t text; /* one sentence; lives for the call */
} lgs_edi_problem_t;

typedef enum {
    LGS_EDI_OPENED,
    LGS_EDI_NOTED, /* a TA1 or TA3 stands in the interchange, outside of groups */
    LGS_EDI_PROBLEM,
    LGS_EDI_CLOSED
} lgs_edi_happening_t;

typedef struct {
    lgs_edi_happening_t what;
    lgs_edi_level_t level;
    lgs_edi_t standard;
    const lgs_edi_marks_t *marks;
    const lgs_edi_unit_t *units;      /* of the three levels */
    const lgs_edi_problem_t *problem; /* of a PROBLEM */
} lgs_edi_event_t;

typedef void (*lgs_edi_see_pt)(void *data, const lgs_edi_event_t *event);

/*
 * What the reader (of the formats "x12", "edifact", "tradacoms", "edi") sees, in the order of the
 * source: the units of the envelope as they open and close, and every problem that is not ignored.
 * A set's own come before lgs_reader_next returns it.
 */
void lgs_edi_watch(lgs_reader_t *reader, lgs_edi_see_pt see, void *data);

#endif
