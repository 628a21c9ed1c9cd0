/* Names of the queue in Redis: scripts, lanes. */
#include "script.h"

#include "../trace/record.h"

static const char lane_text[] = "lgs:{L00}";
#define TENS 6u /* where the number stands in it */

const lgs_script_t *lgs_script_find(const char *name)
{
    for (size_t i = 0; i < lgs_n_scripts; i++) {
        if (strcmp(lgs_scripts[i].name, name) == 0) {
            return &lgs_scripts[i];
        }
    }
    return NULL;
}

void lgs_queue_lane(lgs_str_t partner, char out[LGS_LANE_LEN])
{
    lgs_queue_lane_at(lgs_lane(partner), out);
}

void lgs_queue_lane_at(uint32_t lane, char out[LGS_LANE_LEN])
{
    memcpy(out, lane_text, LGS_LANE_LEN);
    out[TENS] = (char)('0' + lane / 10);
    out[TENS + 1] = (char)('0' + lane % 10);
}

bool lgs_queue_lane_read(lgs_str_t key, uint32_t *lane)
{
    char want[LGS_LANE_LEN];

    if (key.len != LGS_LANE_LEN) {
        return false;
    }
    for (*lane = 0; *lane < LGS_N_LANES; ++*lane) {
        lgs_queue_lane_at(*lane, want);
        if (memcmp(key.data, want, LGS_LANE_LEN) == 0) {
            return true;
        }
    }
    return false;
}
