/*
 * Units of measure: codes of UN/ECE Recommendation 20 (packages: of Recommendation 21), the words
 * that partners and X12 element 355 write for them, and exact conversion. No word stands for two
 * units; where partners disagree what a word means ("ton", "ST"), it is not here. Words 801 to 807
 * are the durations of EDIFACT 2379.
 */
#include "internal.h"

#define MAX_PLACES 9 /* behind the point, of a quotient that does not end */

/* Bases: kilogram, metre, litre, second, month, kelvin, square metre, m/s, joule, pascal, one. */
static const lgs_unit_t units[] = {
    {"KGM", "mass", "1", "1", "0", "kg kgs kilo kilogram kilograms"},
    {"LBR", "mass", "0.45359237", "1", "0", "lb lbs pound pounds"},
    {"GRM", "mass", "0.001", "1", "0", "g gr gram grams"},
    {"ONZ", "mass", "0.028349523125", "1", "0", "oz ounce ounces"},
    {"TNE", "mass", "1000", "1", "0", "t tonne tonnes"},
    {"MGM", "mass", "0.000001", "1", "0", "mg"},
    {"HGM", "mass", "0.1", "1", "0", ""},
    {"DTN", "mass", "100", "1", "0", ""},
    {"KTN", "mass", "1000000", "1", "0", ""},
    {"STN", "mass", "907.18474", "1", "0", "tn"},
    {"LTN", "mass", "1016.0469088", "1", "0", ""},
    {"CWA", "mass", "45.359237", "1", "0", "cwt"},
    {"STI", "mass", "6.35029318", "1", "0", "stone"},
    {"GRN", "mass", "0.00006479891", "1", "0", "grain"},
    {"APZ", "mass", "0.0311034768", "1", "0", "ozt"},
    {"MTR", "length", "1", "1", "0", "m mr meter meters metre metres"},
    {"KMT", "length", "1000", "1", "0", "km dk kms kilometer kilometers kilometre kilometres"},
    {"SMI", "length", "1609.344", "1", "0", "mi dh mile miles"},
    {"CMT", "length", "0.01", "1", "0", "cm"},
    {"MMT", "length", "0.001", "1", "0", "mm"},
    {"DMT", "length", "0.1", "1", "0", "dm"},
    {"HMT", "length", "100", "1", "0", ""},
    {"FOT", "length", "0.3048", "1", "0", "ft foot feet"},
    {"INH", "length", "0.0254", "1", "0", "in inch inches"},
    {"YRD", "length", "0.9144", "1", "0", "yd yard yards"},
    {"NMI", "length", "1852", "1", "0", ""},
    {"LTR", "volume", "1", "1", "0", "l lt liter liters litre litres"},
    {"GLL", "volume", "3.785411784", "1", "0", "gal ga gallon gallons usg"},
    {"MLT", "volume", "0.001", "1", "0", "ml milliliter milliliters"},
    {"MTQ", "volume", "1000", "1", "0", "m3 m\302\263 cbm cr"},
    {"CLT", "volume", "0.01", "1", "0", "cl"},
    {"DLT", "volume", "0.1", "1", "0", "dl"},
    {"HLT", "volume", "100", "1", "0", "hl"},
    {"DMQ", "volume", "1", "1", "0", "dm3 dm\302\263"},
    {"CMQ", "volume", "0.001", "1", "0", "cm3 cm\302\263 ccm"},
    {"MMQ", "volume", "0.000001", "1", "0", "mm3 mm\302\263"},
    {"FTQ", "volume", "28.316846592", "1", "0", "ft3 ft\302\263 cuft cft cf"},
    {"INQ", "volume", "0.016387064", "1", "0", "in3 in\302\263 cuin ci"},
    {"YDQ", "volume", "764.554857984", "1", "0", "yd3 cuyd"},
    {"GLI", "volume", "4.54609", "1", "0", ""},
    {"QT", "volume", "0.946352946", "1", "0", "quart"},
    {"PT", "volume", "0.473176473", "1", "0", "pint"},
    {"OZA", "volume", "0.0295735295625", "1", "0", "floz fo"},
    {"BLL", "volume", "158.987294928", "1", "0", "bbl"},
    {"SEC", "time", "1", "1", "0", "s sec second seconds 807"},
    {"MIN", "time", "60", "1", "0", "minute minutes mins 806"},
    {"HUR", "time", "3600", "1", "0", "h hr hrs hour hours 805"},
    {"DAY", "time", "86400", "1", "0", "d da days 804"},
    {"WEE", "time", "604800", "1", "0", "wk week weeks 803"},
    {"C26", "time", "0.001", "1", "0", "ms"},
    /* a month has no fixed number of days */
    {"MON", "months", "1", "1", "0", "mo month months 802"},
    {"QAN", "months", "3", "1", "0", "quarter"},
    {"ANN", "months", "12", "1", "0", "yr year years 801"},
    {"KEL", "temperature", "1", "1", "0", "kelvin"},
    {"CEL", "temperature", "1", "1", "273.15", "\302\260c c ce celsius"},
    {"FAH", "temperature", "5", "9", "459.67", "\302\260f f fa fahrenheit"},
    {"MTK", "area", "1", "1", "0", "m2 m\302\262 sqm sm"},
    {"KMK", "area", "1000000", "1", "0", "km2 km\302\262"},
    {"CMK", "area", "0.0001", "1", "0", "cm2 cm\302\262"},
    {"MMK", "area", "0.000001", "1", "0", "mm2 mm\302\262"},
    {"FTK", "area", "0.09290304", "1", "0", "ft2 ft\302\262 sqft sf"},
    {"INK", "area", "0.00064516", "1", "0", "in2 in\302\262 sqin"},
    {"YDK", "area", "0.83612736", "1", "0", "yd2 sqyd"},
    {"HAR", "area", "10000", "1", "0", "ha hectare"},
    {"ACR", "area", "4046.8564224", "1", "0", "acre acres"},
    {"MTS", "speed", "1", "1", "0", "m/s mps"},
    {"KMH", "speed", "1", "3.6", "0", "km/h kph"},
    {"HM", "speed", "0.44704", "1", "0", "mph"},
    {"KNT", "speed", "1852", "3600", "0", "kn knot knots"},
    {"JOU", "energy", "1", "1", "0", "j"},
    {"KJO", "energy", "1000", "1", "0", "kj"},
    {"3B", "energy", "1000000", "1", "0", "mj"},
    {"WHR", "energy", "3600", "1", "0", "wh"},
    {"KWH", "energy", "3600000", "1", "0", ""},
    {"MWH", "energy", "3600000000", "1", "0", ""},
    {"BTU", "energy", "1055.05585262", "1", "0", ""},
    {"PAL", "pressure", "1", "1", "0", "pa"},
    {"A97", "pressure", "100", "1", "0", "hpa"},
    {"MBR", "pressure", "100", "1", "0", "mbar"},
    {"KPA", "pressure", "1000", "1", "0", ""},
    {"BAR", "pressure", "100000", "1", "0", ""},
    {"PS", "pressure", "6894.757293168", "1", "0", "psi"},
    {"C62", "count", "1", "1", "0", "one un unit units stk st\303\274ck"},
    {"EA", "count", "1", "1", "0", "each"},
    {"H87", "count", "1", "1", "0", "pc pcs piece pieces pce"},
    {"PR", "count", "2", "1", "0", "pair pairs"},
    {"DZN", "count", "12", "1", "0", "dz doz dozen"},
    {"GRO", "count", "144", "1", "0", "gs gross"},
    {"CEN", "count", "100", "1", "0", "hu hc hundred"},
    {"MIL", "count", "1000", "1", "0", "th thousand"},
    {"P1", "percent", "1", "1", "0", "% percent pct"},
    /* how many are in one is not the unit's to say */
    {"SET", "set", NULL, NULL, NULL, "sets"},
    {"CT", "package", NULL, NULL, NULL, "ctn carton cartons"},
    {"CS", "package", NULL, NULL, NULL, "ca case cases"},
    {"BX", "package", NULL, NULL, NULL, "box boxes"},
    {"PK", "package", NULL, NULL, NULL, "pkg package packages"},
    {"PX", "package", NULL, NULL, NULL, "pl plt pallet pallets"},
    {"BG", "package", NULL, NULL, NULL, "bag bags"},
    {"DR", "package", NULL, NULL, NULL, "drum drums"},
    {"RO", "package", NULL, NULL, NULL, "rl roll rolls"},
};

static bool is_word(const char *words, lgs_str_t name);
static bool is_alike(const char *word, lgs_str_t name);
static char lower(char byte);
static bool divide(lgs_decimal_t *value, lgs_decimal_t by);

const lgs_unit_t *lgs_unit_find(lgs_str_t name)
{
    for (size_t i = 0; name.len && i < LGS_N(units); i++) {
        if ((strlen(units[i].code) == name.len && is_alike(units[i].code, name)) ||
            is_word(units[i].words, name)) {
            return &units[i];
        }
    }
    return NULL;
}

/* Everything is multiplied before anything is divided, so that it ends exactly where it can. */
bool lgs_unit_convert(const lgs_unit_t *from, const lgs_unit_t *to, lgs_decimal_t *value)
{
    lgs_decimal_t factor, divisor, shift, to_factor, to_divisor, to_shift;

    if (from == to) {
        *value = lgs_decimal_trim(*value);
        return true;
    }
    if (strcmp(from->kind, to->kind) != 0 || from->factor == NULL || to->factor == NULL ||
        !lgs_decimal_read(lgs_cstr(from->factor), &factor) ||
        !lgs_decimal_read(lgs_cstr(from->divisor), &divisor) ||
        !lgs_decimal_read(lgs_cstr(from->shift), &shift) ||
        !lgs_decimal_read(lgs_cstr(to->factor), &to_factor) ||
        !lgs_decimal_read(lgs_cstr(to->divisor), &to_divisor) ||
        !lgs_decimal_read(lgs_cstr(to->shift), &to_shift)) {
        return false;
    }
    to_shift.negative = to_shift.digits != 0;
    if (!lgs_decimal_add(*value, shift, value) || !lgs_decimal_mul(*value, factor, value) ||
        !lgs_decimal_mul(*value, to_divisor, value) ||
        !lgs_decimal_mul(divisor, to_factor, &divisor) || !divide(value, divisor) ||
        !lgs_decimal_add(*value, to_shift, value)) {
        return false;
    }
    *value = lgs_decimal_trim(*value);
    return true;
}

static bool divide(lgs_decimal_t *value, lgs_decimal_t by)
{
    static const lgs_decimal_t one = {1, 0, false};

    return lgs_decimal_compare(by, one) == 0 ||
           lgs_decimal_div(*value, by, MAX_PLACES, LGS_ROUND_HALF_EVEN, value);
}

static bool is_word(const char *words, lgs_str_t name)
{
    for (const char *p = words; *p;) {
        size_t len = strcspn(p, " ");

        if (len == name.len && is_alike(p, name)) {
            return true;
        }
        p += len;
        p += *p == ' ';
    }
    return false;
}

/* `word` has as many bytes as `name`. */
static bool is_alike(const char *word, lgs_str_t name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (lower(word[i]) != lower(name.data[i])) {
            return false;
        }
    }
    return true;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}
