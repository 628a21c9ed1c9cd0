/*
 * YAML 1.2 core schema → document tree, by libyaml's events: `no` is a string, duplicate keys and
 * aliases are refused, every node knows its place.
 */
#ifndef LGS_YAML_H
#define LGS_YAML_H

#include "../formats/build.h"

/*
 * Reads one YAML document (`file` names it in errors). Codes "yaml-syntax", "yaml-alias",
 * "yaml-tag", "duplicate-member", "max-depth", …
 */
lgs_rc_t lgs_yaml_read(lgs_arena_t *arena, lgs_str_t source, lgs_str_t file, lgs_doc_t *doc,
                       lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
