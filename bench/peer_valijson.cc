// valijson on RapidJSON (Debian) on what bench/micro_schema.c is measured with: peer_valijson DIR
// It knows drafts up to 7 and no formats, and multipleOf is left out, since by its floating point 19.99
// is no multiple of 0.01: it does less than the others.
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using valijson::adapters::RapidJsonAdapter;

static std::string read_file(const std::string &path)
{
    std::ifstream file(path);
    std::stringstream text;

    text << file.rdbuf();
    return text.str();
}

template <typename Run> static void measure(const char *name, size_t bytes, Run run)
{
    const int rounds = 21;
    std::vector<double> times;
    auto now = [] { return std::chrono::steady_clock::now(); };
    auto start = now();

    if (!run()) {
        fprintf(stderr, "%s: refused\n", name);
        exit(1);
    }
    double first = std::chrono::duration<double, std::micro>(now() - start).count();
    int n = static_cast<int>(20000 / first) + 1;

    for (int round = 0; round < rounds; round++) {
        start = now();
        for (int i = 0; i < n; i++) {
            run();
        }
        times.push_back(std::chrono::duration<double, std::micro>(now() - start).count() / n);
    }
    std::sort(times.begin(), times.end());
    printf("%s\t%zu\t%.3f\t%.3f\n", name, bytes, times[0], times[rounds / 2]);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        return 2;
    }
    std::string dir = argv[1], schema_text = read_file(dir + "/schema.json");
    const std::string multiple = ", \"multipleOf\": 0.01";
    size_t at = schema_text.find(multiple), schema_bytes = schema_text.size();

    if (at == std::string::npos) {
        fprintf(stderr, "the schema is another one\n");
        return 1;
    }
    schema_text.erase(at, multiple.size());
    auto parse_schema = [&](valijson::Schema &schema) {
        rapidjson::Document document;

        document.Parse(schema_text.c_str());
        valijson::SchemaParser(valijson::SchemaParser::kDraft7)
            .populateSchema(RapidJsonAdapter(document), schema);
        return true;
    };
    valijson::Schema schema;

    parse_schema(schema);
    for (const char *file : {"/small.json", "/large.json"}) {
        std::string text = read_file(dir + file);
        rapidjson::Document document;
        valijson::Validator validator;

        document.Parse(text.c_str());
        measure("validate", text.size(), [&] {
            return validator.validate(schema, RapidJsonAdapter(document), nullptr);
        });
        measure("read and validate", text.size(), [&] {
            rapidjson::Document again;

            again.Parse(text.c_str());
            return validator.validate(schema, RapidJsonAdapter(again), nullptr);
        });
    }
    measure("compile the schema", schema_bytes, [&] {
        valijson::Schema again;

        return parse_schema(again);
    });
    return 0;
}
