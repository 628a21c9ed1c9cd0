/* What the files of `logisticsctl dead` share. */
#ifndef LGS_CTL_DEAD_H
#define LGS_CTL_DEAD_H

#include "messages.h"

/* False when it has said that the message is no dead letter. */
bool ctl_dead_is(const lgs_letter_t *letter);

/* dead replay, of one letter (dead_replay.c); LGS_OK, LGS_INVALID when it has said why not. */
lgs_rc_t ctl_dead_replay(ctl_messages_t *asked, const ctl_message_t *letter);

/*
 * The records that a letter's source makes with the policies of a folder, less those that are in
 * Odoo already (dead_translate.c). False when it has said why there are none.
 */
bool ctl_dead_translate(ctl_messages_t *asked, const lgs_letter_t *letter, lgs_str_t *body,
                        lgs_str_t *revision);

#endif
