/* What the tests of plans tell Odoo of: notes on transfers, readings of odometers. */
#ifndef LGS_TEST_NOTES_H
#define LGS_TEST_NOTES_H

#include "script.h"

#define NOTE_ROW(n)                                                                                \
    "\"row\":{\"id\":\"__logistics__.ev_" n "\",\"model\":\"stock.picking\",\"res_id\":{\"find\":" \
    "\"transfer\"},\"body\":\"b" n "\",\"message_id\":\"<ev_" n "@logistics>\"}"
#define TRANSFER(value)                                                                            \
    "\"find\":{\"transfer\":{\"model\":\"stock.picking\",\"by\":[\"carrier_tracking_ref\","        \
    "\"origin\",\"name\"],\"value\":\"" value "\",\"many\":\"last\"}}"
#define SETTLE(n)                                                                                  \
    "\"settle\":{\"model\":\"mail.message\",\"by\":\"message_id\",\"value\":\"<ev_" n              \
    "@logistics>\"}"
#define NOTE(n, value)                                                                             \
    "{\"op\":\"load\",\"model\":\"mail.message\"," TRANSFER(value) "," NOTE_ROW(n) "," SETTLE(n) "}"
#define LOAD(n, rest)                                                                              \
    "{\"op\":\"load\",\"model\":\"fleet.vehicle.odometer\",\"row\":{\"id\":\"l.o" n                \
    "\",\"value\":\"" n "\"" rest "}}"
#define FIELDS                                                                                     \
    "{\"carrier_tracking_ref\":{\"type\":\"char\"},\"origin\":{\"type\":\"char\"},\"name\":{"      \
    "\"type\":\"char\"}}"
#define VIN_FIELD "{\"vin_sn\":{\"type\":\"char\"}}"
#define PICKING(id, ref)                                                                           \
    "{\"id\":" #id ",\"carrier_tracking_ref\":\"" ref "\",\"origin\":false,\"name\":\"WH/" #id "\"}"
#define RPC(value) "{\"jsonrpc\":\"2.0\",\"id\":\"corr-1\",\"result\":" value "}"
#define RPC_ERROR(name, message)                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":\"corr-1\",\"error\":{\"code\":200,\"message\":\"Odoo Server "    \
    "Error\",\"data\":{\"name\":\"" name "\",\"message\":\"" message                               \
    "\",\"arguments\":[\"" message "\"]}}}"
#define J2_ERROR(name, message) "{\"name\":\"" name "\",\"arguments\":[\"" message "\"]}"
#define IDS(list)               "{\"ids\":[" list "],\"messages\":[],\"nextrow\":0}"
#define BAD(from, to, field, message)                                                              \
    "{\"type\":\"error\",\"rows\":{\"from\":" #from ",\"to\":" #to "},\"record\":" #from           \
    ",\"field\":\"" field "\",\"message\":\"" message "\"}"
#define MESSAGES(list) "{\"ids\":false,\"messages\":[" list "],\"nextrow\":0}"
#define ONLY_ADMINS    "Only administrators can modify 'model' and 'res_id' fields."
#define SERIALIZE      "could not serialize access due to concurrent update"

static stage_t stage;

static inline void setup(lgs_odoo_api_t api, const char *operations)
{
    stage_open(&stage, api);
    if (stage_plan(&stage, operations) == NULL) {
        unit_show(&stage.errs);
        exit(2);
    }
}

static inline void expect_calls(unsigned n)
{
    CHECK_INT(lgs_odoo_plan_calls(stage.plan), n);
    stage_close(&stage);
}

#endif
