/*
 * Units of measure: codes of UN/ECE Recommendation 20 (packages: of Recommendation 21), the words
 * that partners and X12 element 355 write for them, and exact conversion. No word stands for two
 * units; where partners disagree what a word means ("ton", "ST"), it is not here. Words 801 to 807
 * are the durations of EDIFACT 2379.
 */
#include "internal.h"

#define MAX_NAME   16u /* bytes of a word: a test asks for the longest */
#define MAX_PLACES 9   /* behind the point, of a quotient that does not end */

/* Bases: kilogram, metre, litre, second, month, kelvin, square metre, m/s, joule, pascal, one. */
static const lgs_unit_t units[] = {
    {"KGM", "mass", {1, 0}, {1, 0}, {0, 0}, "kg kgs kilo kilogram kilograms"},
    {"LBR", "mass", {45359237, 8}, {1, 0}, {0, 0}, "lb lbs pound pounds"},
    {"GRM", "mass", {1, 3}, {1, 0}, {0, 0}, "g gr gram grams"},
    {"ONZ", "mass", {28349523125, 12}, {1, 0}, {0, 0}, "oz ounce ounces"},
    {"TNE", "mass", {1000, 0}, {1, 0}, {0, 0}, "t tonne tonnes"},
    {"MGM", "mass", {1, 6}, {1, 0}, {0, 0}, "mg"},
    {"HGM", "mass", {1, 1}, {1, 0}, {0, 0}, ""},
    {"DTN", "mass", {100, 0}, {1, 0}, {0, 0}, ""},
    {"KTN", "mass", {1000000, 0}, {1, 0}, {0, 0}, ""},
    {"STN", "mass", {90718474, 5}, {1, 0}, {0, 0}, "tn"},
    {"LTN", "mass", {10160469088, 7}, {1, 0}, {0, 0}, ""},
    {"CWA", "mass", {45359237, 6}, {1, 0}, {0, 0}, "cwt"},
    {"STI", "mass", {635029318, 8}, {1, 0}, {0, 0}, "stone"},
    {"GRN", "mass", {6479891, 11}, {1, 0}, {0, 0}, "grain"},
    {"APZ", "mass", {311034768, 10}, {1, 0}, {0, 0}, "ozt"},
    {"MTR", "length", {1, 0}, {1, 0}, {0, 0}, "m mr meter meters metre metres"},
    {"KMT",
     "length",
     {1000, 0},
     {1, 0},
     {0, 0},
     "km dk kms kilometer kilometers kilometre kilometres"},
    {"SMI", "length", {1609344, 3}, {1, 0}, {0, 0}, "mi dh mile miles"},
    {"CMT", "length", {1, 2}, {1, 0}, {0, 0}, "cm"},
    {"MMT", "length", {1, 3}, {1, 0}, {0, 0}, "mm"},
    {"DMT", "length", {1, 1}, {1, 0}, {0, 0}, "dm"},
    {"HMT", "length", {100, 0}, {1, 0}, {0, 0}, ""},
    {"FOT", "length", {3048, 4}, {1, 0}, {0, 0}, "ft foot feet"},
    {"INH", "length", {254, 4}, {1, 0}, {0, 0}, "in inch inches"},
    {"YRD", "length", {9144, 4}, {1, 0}, {0, 0}, "yd yard yards"},
    {"NMI", "length", {1852, 0}, {1, 0}, {0, 0}, ""},
    {"LTR", "volume", {1, 0}, {1, 0}, {0, 0}, "l lt liter liters litre litres"},
    {"GLL", "volume", {3785411784, 9}, {1, 0}, {0, 0}, "gal ga gallon gallons usg"},
    {"MLT", "volume", {1, 3}, {1, 0}, {0, 0}, "ml milliliter milliliters"},
    {"MTQ", "volume", {1000, 0}, {1, 0}, {0, 0}, "m3 m\302\263 cbm cr"},
    {"CLT", "volume", {1, 2}, {1, 0}, {0, 0}, "cl"},
    {"DLT", "volume", {1, 1}, {1, 0}, {0, 0}, "dl"},
    {"HLT", "volume", {100, 0}, {1, 0}, {0, 0}, "hl"},
    {"DMQ", "volume", {1, 0}, {1, 0}, {0, 0}, "dm3 dm\302\263"},
    {"CMQ", "volume", {1, 3}, {1, 0}, {0, 0}, "cm3 cm\302\263 ccm"},
    {"MMQ", "volume", {1, 6}, {1, 0}, {0, 0}, "mm3 mm\302\263"},
    {"FTQ", "volume", {28316846592, 9}, {1, 0}, {0, 0}, "ft3 ft\302\263 cuft cft cf"},
    {"INQ", "volume", {16387064, 9}, {1, 0}, {0, 0}, "in3 in\302\263 cuin ci"},
    {"YDQ", "volume", {764554857984, 9}, {1, 0}, {0, 0}, "yd3 cuyd"},
    {"GLI", "volume", {454609, 5}, {1, 0}, {0, 0}, ""},
    {"QT", "volume", {946352946, 9}, {1, 0}, {0, 0}, "quart"},
    {"PT", "volume", {473176473, 9}, {1, 0}, {0, 0}, "pint"},
    {"OZA", "volume", {295735295625, 13}, {1, 0}, {0, 0}, "floz fo"},
    {"BLL", "volume", {158987294928, 9}, {1, 0}, {0, 0}, "bbl"},
    {"SEC", "time", {1, 0}, {1, 0}, {0, 0}, "s sec second seconds 807"},
    {"MIN", "time", {60, 0}, {1, 0}, {0, 0}, "minute minutes mins 806"},
    {"HUR", "time", {3600, 0}, {1, 0}, {0, 0}, "h hr hrs hour hours 805"},
    {"DAY", "time", {86400, 0}, {1, 0}, {0, 0}, "d da days 804"},
    {"WEE", "time", {604800, 0}, {1, 0}, {0, 0}, "wk week weeks 803"},
    {"C26", "time", {1, 3}, {1, 0}, {0, 0}, "ms"},
    /* a month has no fixed number of days */
    {"MON", "months", {1, 0}, {1, 0}, {0, 0}, "mo month months 802"},
    {"QAN", "months", {3, 0}, {1, 0}, {0, 0}, "quarter"},
    {"ANN", "months", {12, 0}, {1, 0}, {0, 0}, "yr year years 801"},
    {"KEL", "temperature", {1, 0}, {1, 0}, {0, 0}, "kelvin"},
    {"CEL", "temperature", {1, 0}, {1, 0}, {27315, 2}, "\302\260c c ce celsius"},
    {"FAH", "temperature", {5, 0}, {9, 0}, {45967, 2}, "\302\260f f fa fahrenheit"},
    {"MTK", "area", {1, 0}, {1, 0}, {0, 0}, "m2 m\302\262 sqm sm"},
    {"KMK", "area", {1000000, 0}, {1, 0}, {0, 0}, "km2 km\302\262"},
    {"CMK", "area", {1, 4}, {1, 0}, {0, 0}, "cm2 cm\302\262"},
    {"MMK", "area", {1, 6}, {1, 0}, {0, 0}, "mm2 mm\302\262"},
    {"FTK", "area", {9290304, 8}, {1, 0}, {0, 0}, "ft2 ft\302\262 sqft sf"},
    {"INK", "area", {64516, 8}, {1, 0}, {0, 0}, "in2 in\302\262 sqin"},
    {"YDK", "area", {83612736, 8}, {1, 0}, {0, 0}, "yd2 sqyd"},
    {"HAR", "area", {10000, 0}, {1, 0}, {0, 0}, "ha hectare"},
    {"ACR", "area", {40468564224, 7}, {1, 0}, {0, 0}, "acre acres"},
    {"MTS", "speed", {1, 0}, {1, 0}, {0, 0}, "m/s mps"},
    {"KMH", "speed", {1, 0}, {36, 1}, {0, 0}, "km/h kph"},
    {"HM", "speed", {44704, 5}, {1, 0}, {0, 0}, "mph"},
    {"KNT", "speed", {1852, 0}, {3600, 0}, {0, 0}, "kn knot knots"},
    {"JOU", "energy", {1, 0}, {1, 0}, {0, 0}, "j"},
    {"KJO", "energy", {1000, 0}, {1, 0}, {0, 0}, "kj"},
    {"3B", "energy", {1000000, 0}, {1, 0}, {0, 0}, "mj"},
    {"WHR", "energy", {3600, 0}, {1, 0}, {0, 0}, "wh"},
    {"KWH", "energy", {3600000, 0}, {1, 0}, {0, 0}, ""},
    {"MWH", "energy", {3600000000, 0}, {1, 0}, {0, 0}, ""},
    {"BTU", "energy", {105505585262, 8}, {1, 0}, {0, 0}, ""},
    {"PAL", "pressure", {1, 0}, {1, 0}, {0, 0}, "pa"},
    {"A97", "pressure", {100, 0}, {1, 0}, {0, 0}, "hpa"},
    {"MBR", "pressure", {100, 0}, {1, 0}, {0, 0}, "mbar"},
    {"KPA", "pressure", {1000, 0}, {1, 0}, {0, 0}, ""},
    {"BAR", "pressure", {100000, 0}, {1, 0}, {0, 0}, ""},
    {"PS", "pressure", {6894757293168, 9}, {1, 0}, {0, 0}, "psi"},
    {"C62", "count", {1, 0}, {1, 0}, {0, 0}, "one un unit units stk st\303\274ck"},
    {"EA", "count", {1, 0}, {1, 0}, {0, 0}, "each"},
    {"H87", "count", {1, 0}, {1, 0}, {0, 0}, "pc pcs piece pieces pce"},
    {"PR", "count", {2, 0}, {1, 0}, {0, 0}, "pair pairs"},
    {"DZN", "count", {12, 0}, {1, 0}, {0, 0}, "dz doz dozen"},
    {"GRO", "count", {144, 0}, {1, 0}, {0, 0}, "gs gross"},
    {"CEN", "count", {100, 0}, {1, 0}, {0, 0}, "hu hc hundred"},
    {"MIL", "count", {1000, 0}, {1, 0}, {0, 0}, "th thousand"},
    {"P1", "percent", {1, 0}, {1, 0}, {0, 0}, "% percent pct"},
    /* how many are in one is not the unit's to say */
    {"SET", "set", {0, 0}, {0, 0}, {0, 0}, "sets"},
    {"CT", "package", {0, 0}, {0, 0}, {0, 0}, "ctn carton cartons"},
    {"CS", "package", {0, 0}, {0, 0}, {0, 0}, "ca case cases"},
    {"BX", "package", {0, 0}, {0, 0}, {0, 0}, "box boxes"},
    {"PK", "package", {0, 0}, {0, 0}, {0, 0}, "pkg package packages"},
    {"PX", "package", {0, 0}, {0, 0}, {0, 0}, "pl plt pallet pallets"},
    {"BG", "package", {0, 0}, {0, 0}, {0, 0}, "bag bags"},
    {"DR", "package", {0, 0}, {0, 0}, {0, 0}, "drum drums"},
    {"RO", "package", {0, 0}, {0, 0}, {0, 0}, "rl roll rolls"},
};

static bool add_names(lgs_map_t *map, lgs_arena_t *arena, const char *names,
                      const lgs_unit_t *unit);
static char lower(char byte);
static lgs_decimal_t decimal(lgs_exact_t number);
static bool add(lgs_decimal_t *value, lgs_decimal_t shift);
static bool multiply(lgs_decimal_t *value, lgs_decimal_t by);
static bool divide(lgs_decimal_t *value, lgs_decimal_t by);

lgs_map_t *lgs_units(lgs_arena_t *arena)
{
    lgs_map_t *map = lgs_map_create(arena, 4 * LGS_N(units));
    bool ok = map != NULL;

    for (size_t i = 0; ok && i < LGS_N(units); i++) {
        ok = add_names(map, arena, units[i].code, &units[i]) &&
             add_names(map, arena, units[i].words, &units[i]);
    }
    return ok ? map : NULL;
}

/* Without regard to the case of ASCII letters. False: no memory. */
static bool add_names(lgs_map_t *map, lgs_arena_t *arena, const char *names, const lgs_unit_t *unit)
{
    lgs_str_t text = lgs_arena_str(arena, lgs_cstr(names));
    char *p = (char *)text.data;

    for (size_t i = 0; p && i < text.len; i++) {
        p[i] = lower(p[i]);
    }
    while (p && *p) {
        size_t len = strcspn(p, " ");

        if (lgs_map_add(map, lgs_str(p, len), (void *)unit) == LGS_NOMEM) {
            return false;
        }
        p += len;
        p += *p == ' ';
    }
    return p != NULL;
}

const lgs_unit_t *lgs_unit_find(const lgs_map_t *map, lgs_str_t name)
{
    char text[MAX_NAME];

    if (name.len > sizeof(text)) {
        return NULL;
    }
    for (size_t i = 0; i < name.len; i++) {
        text[i] = lower(name.data[i]);
    }
    return lgs_map_get(map, lgs_str(text, name.len));
}

/*
 * Everything is multiplied before anything is divided, so that it ends exactly where it can. Most
 * divisors are 1 and most shifts 0: those steps change nothing and are left out.
 */
bool lgs_unit_convert(const lgs_unit_t *from, const lgs_unit_t *to, lgs_decimal_t *value)
{
    lgs_decimal_t divisor = decimal(from->divisor), to_shift = decimal(to->shift);

    if (from == to) {
        *value = lgs_decimal_trim(*value);
        return true;
    }
    if (strcmp(from->kind, to->kind) != 0 || from->factor.digits == 0 || to->factor.digits == 0) {
        return false;
    }
    to_shift.negative = true;
    if (!add(value, decimal(from->shift)) || !multiply(value, decimal(from->factor)) ||
        !multiply(value, decimal(to->divisor)) || !multiply(&divisor, decimal(to->factor)) ||
        !divide(value, divisor) || !add(value, to_shift)) {
        return false;
    }
    *value = lgs_decimal_trim(*value);
    return true;
}

static lgs_decimal_t decimal(lgs_exact_t number)
{
    return (lgs_decimal_t){number.digits, number.places, false};
}

static bool is_one(lgs_decimal_t number)
{
    return number.digits == 1 && number.scale == 0;
}

static bool add(lgs_decimal_t *value, lgs_decimal_t shift)
{
    return shift.digits == 0 || lgs_decimal_add(*value, shift, value);
}

static bool multiply(lgs_decimal_t *value, lgs_decimal_t by)
{
    return is_one(by) || lgs_decimal_mul(*value, by, value);
}

static bool divide(lgs_decimal_t *value, lgs_decimal_t by)
{
    return is_one(by) || lgs_decimal_div(*value, by, MAX_PLACES, LGS_ROUND_HALF_EVEN, value);
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}
