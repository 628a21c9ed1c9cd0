/* Which documents a mapping is for. */
#include "mapping.h"

static const char *const document = "{'event':'shipped','v':2,'data':{'id':'1'}}";

/* Does a mapping with this `input` take that document? -1: the mapping is refused. */
static int applies(const char *input, const char *doc)
{
    test_t t = test_begin();
    char mapping[512];
    int result = -1;

    snprintf(mapping, sizeof(mapping), "{'mapping':'m','input':%s,'emit':[{'v':1}]}", input);
    if (test_compile(&t, mapping) &&
        lgs_json_read(t.arena, test_json(&t, doc), NULL, &t.doc, &t.errs) == LGS_OK) {
        result = lgs_mapping_applies(t.mapping, &t.doc, &t.facts, t.arena) == LGS_OK;
    }
    test_end(&t);
    return result;
}

TEST(a_mapping_without_conditions_takes_all)
{
    test_t t = test_begin();

    CHECK_INT(applies("{}", document), 1);
    CHECK_INT(applies("{'format':'json'}", "[]"), 1);
    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'v':1}]}"));
    CHECK(lgs_mapping_takes_all(t.mapping));
    CHECK_STR(lgs_mapping_wants(t.mapping, t.arena), "");
    test_end(&t);
}

TEST(a_condition_chooses)
{
    CHECK_INT(applies("{'match':{'eq':['/event','shipped']}}", document), 1);
    CHECK_INT(applies("{'match':{'eq':['/event','delivered']}}", document), 0);
    CHECK_INT(applies("{'match':{'eq':['$partner','acme']}}", document), 1);
    CHECK_INT(applies("{'match':{'exists':'/event'}}", "[]"), 0);
    CHECK_INT(applies("{'match':{'matches':['/event','(a+)+$']}}",
                      "{'event':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'}"),
              0);
    CHECK_INT(applies("{'match':{'is':'/event'}}", document), -1);
    CHECK_INT(applies("{'match':{'eq':['$var','x']}}", document), -1);
}

TEST(a_root_chooses)
{
    CHECK_INT(applies("{'root':'data'}", document), 0);
    CHECK_INT(applies("{'root':'data'}", "{'data':1}"), 1);
    CHECK_INT(applies("{'root':'data'}", "{'ns:data':1}"), 1);
    CHECK_INT(applies("{'root':'ns:data'}", "{'data':1}"), 0);
    CHECK_INT(applies("{'root':'data'}", "{'ns:dat':1}"), 0);
    CHECK_INT(applies("{'root':'data'}", "[1]"), 0);
    CHECK_INT(applies("{'root':[]}", document), -1);
}

TEST(a_version_chooses)
{
    CHECK_INT(applies("{'version':'/v','versions':['1','2']}", document), 1);
    CHECK_INT(applies("{'version':'/v','versions':2}", document), 1);
    CHECK_INT(applies("{'version':'/v','versions':['1']}", document), 0);
    CHECK_INT(applies("{'version':'/none','versions':['1']}", document), 0);
    CHECK_INT(applies("{'version':'/data','versions':['1']}", document), 0);
    CHECK_INT(applies("{'version':'/v'}", document), -1);
    CHECK_INT(applies("{'versions':['1']}", document), -1);
    CHECK_INT(applies("{'root':'event','version':'/v','versions':2}", document), 0);
}

TEST(what_it_is_for_can_be_said)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','input':{'root':'r','version':'/r/v','versions':[1,2],"
                           "'match':{'exists':'/r/x'}},'emit':[{'v':1}]}"));
    CHECK(!lgs_mapping_takes_all(t.mapping));
    CHECK_STR(lgs_mapping_wants(t.mapping, t.arena),
              "root \"r\", version \"1\" or \"2\", {\"exists\":\"/r/x\"}");
    test_end(&t);
}

static bool alike(const char *a, const char *b)
{
    test_t t = test_begin();
    lgs_mapping_t *first;
    char mapping[256];
    bool result;

    snprintf(mapping, sizeof(mapping), "{'mapping':'a','input':%s,'emit':[{'v':1}]}", a);
    CHECK(test_compile(&t, mapping));
    first = t.mapping;
    snprintf(mapping, sizeof(mapping), "{'mapping':'b','input':%s,'emit':[{'v':1}]}", b);
    CHECK(test_compile(&t, mapping));
    result = lgs_mapping_reads_alike(first, t.mapping);
    CHECK(lgs_mapping_reads_alike(t.mapping, first) == result);
    test_end(&t);
    return result;
}

TEST(mappings_of_a_list_read_alike)
{
    CHECK(alike("{}", "{'format':'json','match':{'exists':'/a'},'root':'x','schema':'s'}"));
    CHECK(!alike("{}", "{'format':'ndjson'}"));
    CHECK(!alike("{'records':'/a'}", "{'records':'/b'}"));
    CHECK(!alike("{'records':'/a'}", "{}"));
    CHECK(alike("{'records':'/a'}", "{'records':'/a','match':{'exists':'/a'}}"));
    CHECK(!alike("{'format':'csv','delimiter':';'}", "{'format':'csv'}"));
}

int main(void)
{
    RUN(a_mapping_without_conditions_takes_all);
    RUN(a_condition_chooses);
    RUN(a_root_chooses);
    RUN(a_version_chooses);
    RUN(what_it_is_for_can_be_said);
    RUN(mappings_of_a_list_read_alike);
    return DONE();
}
