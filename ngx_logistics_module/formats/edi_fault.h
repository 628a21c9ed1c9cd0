/*
 * What a guide (edi/guide.h) finds in a set: one table of names, of what becomes of each unless a
 * profile says other, and of the codes that acknowledgements have for it.
 */
#ifndef LGS_EDI_FAULT_H
#define LGS_EDI_FAULT_H

#include "../base/err.h"

typedef enum {
    LGS_EDI_FAULT_OTHER,
    LGS_EDI_FAULT_MISSING,    /* an element or segment that must be there */
    LGS_EDI_FAULT_UNEXPECTED, /* a segment of the set that may not stand here */
    LGS_EDI_FAULT_CODE,       /* a value that is none of a list */
    LGS_EDI_FAULT_SHORT,
    LGS_EDI_FAULT_LONG,
    LGS_EDI_FAULT_CHARACTER,
    LGS_EDI_FAULT_DATE,
    LGS_EDI_FAULT_TIME,
    LGS_EDI_FAULT_MANY,      /* more segments or repetitions than there may be */
    LGS_EDI_FAULT_LOOP,      /* more loops */
    LGS_EDI_FAULT_ORDER,     /* a segment that should have come before */
    LGS_EDI_FAULT_UNKNOWN,   /* a segment that the standard has not */
    LGS_EDI_FAULT_FOREIGN,   /* a segment that the set has not */
    LGS_EDI_FAULT_ELEMENTS,  /* more elements than the segment has */
    LGS_EDI_FAULT_PARTS,     /* more components than the element has */
    LGS_EDI_FAULT_CONDITION, /* an element that another asks for */
    LGS_EDI_FAULT_EXCLUSION, /* elements that exclude each other */
    LGS_EDI_N_FAULTS
} lgs_edi_fault_t;

/* DEFAULT: what the tables of edi_check.c and edi_fault.c say. */
typedef enum { LGS_EDI_DEFAULT, LGS_EDI_IGNORE, LGS_EDI_WARN, LGS_EDI_REJECT } lgs_edi_severity_t;

typedef struct {
    const char *name; /* in a profile's checks, and as an error's code: "unknown_code" */
    const char *family;
    lgs_edi_severity_t severity;
    const char *segment, *element; /* 720, 723 */
    const char *contrl;            /* 0085 */
} lgs_edi_fault_row_t;

/* Never NULL. */
const lgs_edi_fault_row_t *lgs_edi_fault_row(lgs_edi_fault_t fault);

typedef struct {
    lgs_edi_fault_t fault;
    lgs_edi_severity_t severity; /* WARN or REJECT */
    lgs_pos_t pos;
    lgs_str_t tag;     /* of the segment that it is about */
    lgs_str_t number;  /* of the data element in its dictionary: "127"; may be empty */
    lgs_str_t value;   /* that stands there; may be empty */
    lgs_str_t text;    /* one sentence */
    lgs_str_t pointer; /* into the document: "/segments/3/AT7/01" */
} lgs_edi_finding_t;

#endif
