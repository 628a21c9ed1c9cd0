/* What the schema of the input proves to be there, and that memory may run out while it does. */
#include "mapping.h"

static const char *const schema =
    "{'type':'object','required':['id'],'properties':{'id':{'type':'string'},"
    "'note':{'type':'string'},'code':{'enum':['a','b'],'type':'string'}}}";
static const char *const input =
    "{'type':'object','required':['number','list','kind'],'properties':{"
    "'number':{'type':'string','minLength':1},'maybe':{'type':['string','null']},"
    "'kind':{'type':['string','null']},"
    "'list':{'type':'array','items':{'type':'object','required':['no'],"
    "'properties':{'no':{'type':'string','pattern':'^[0-9]+$'},'free':{'type':'string'}}}}}}";

/* How many notes say that the id may be missing, of `emit` with its {id: …}. */
static unsigned notes_of(const char *emit, lgs_arena_t *arena, lgs_errs_t *errs)
{
    test_t t = test_begin();
    const lgs_mapping_env_t env = {.schema = test_find_schema, .data = &t, .notes = &t.warnings};
    char text[512];
    lgs_doc_t doc;
    unsigned n;

    t.any_type = false;
    t.schema = schema;
    t.input = input;
    snprintf(text, sizeof(text), "{'mapping':'m','input':{'format':'json','schema':'in'},%s}",
             emit);
    CHECK(lgs_json_read(t.arena, test_json(&t, text), NULL, &doc, errs) == LGS_OK);
    if (lgs_mapping_compile(arena, &doc, &env, errs) == NULL) {
        CHECK(errs->n > 0);
    }
    n = t.warnings.n;
    test_end(&t);
    return n;
}

TEST(what_the_schema_requires_is_there)
{
    static const struct {
        const char *emit;
        unsigned n_notes;
    } cases[] = {
        {"'emit':[{'id':'/number'}]", 0},
        {"'emit':[{'id':'$.number'}]", 0},
        {"'emit':[{'id':'/maybe'}]", 1},
        {"'emit':[{'id':'/kind'}]", 1},
        {"'emit':[{'id':'/other'}]", 1},
        {"'emit':[{'id':{'path':'/maybe','default':'x'}}]", 0},
        {"'emit':[{'for_each':'/list','id':'/no'}]", 0},
        {"'emit':[{'for_each':'/list','id':'/free'}]", 1},
        {"'emit':[{'for_each':'/list','id':'^/number'}]", 0},
        {"'emit':[{'for_each':'/other','id':'/no'}]", 1},
        /* a text that means nothing: the schema rules it out, or does not */
        {"'null_values':['x'],'emit':[{'for_each':'/list','id':'/no'}]", 0},
        {"'null_values':['7'],'emit':[{'for_each':'/list','id':'/no'}]", 1},
        {"'null_values':['x'],'emit':[{'id':'/number'}]", 1},
        {"'null_values':[''],'emit':[{'id':'/number'}]", 0},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_errs_t errs;
        unsigned n;

        lgs_errs_init(&errs, arena, 20);
        n = notes_of(cases[i].emit, arena, &errs);
        if (n != cases[i].n_notes || errs.n) {
            printf("# %s\n", cases[i].emit);
            unit_show(&errs);
        }
        CHECK_INT(n, cases[i].n_notes);
        CHECK_INT(errs.n, 0);
        lgs_arena_destroy(arena);
    }
}

TEST(memory_can_run_out_while_it_is_proved)
{
    unsigned failed = 0;
    bool done = false;

    for (size_t ceiling = 300; !done && ceiling < 400000; ceiling += ceiling / 60 + 40) {
        lgs_arena_t *own = lgs_arena_create(0, 0), *arena = lgs_arena_create(256, ceiling);
        lgs_errs_t errs;

        lgs_errs_init(&errs, own, 20);
        (void)notes_of("'null_values':['7','x'],'emit':[{'for_each':'/list','id':'/no','note':"
                       "'^/maybe','code':'/free'}]",
                       arena, &errs);
        done = errs.n == 0;
        failed += !done;
        lgs_arena_destroy(arena);
        lgs_arena_destroy(own);
    }
    CHECK(done && failed > 3);
}

int main(void)
{
    RUN(what_the_schema_requires_is_there);
    RUN(memory_can_run_out_while_it_is_proved);
    return DONE();
}
