/*
 * Calendar arithmetic of the proleptic Gregorian calendar, for the files of this room: days since
 * 1970-01-01 and back (after Howard Hinnant's chrono algorithms, years counted from March).
 */
#ifndef LGS_CIVIL_H
#define LGS_CIVIL_H

#include "lgs.h"

#define LGS_DAY_S 86400

/* Rounds towards the past, `by` > 0. */
static inline int64_t lgs_floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

static inline bool lgs_is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static inline int lgs_days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && lgs_is_leap(year));
}

/* `year` from 0, `month` 1 to 12; `day` may be outside the month. */
static inline int64_t lgs_days_from_civil(int64_t year, int month, int64_t day)
{
    int64_t y = year + 400 - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468 - 146097;
}

/* Days from 0000-03-01 on. */
static inline void lgs_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468 + 146097, era = z / 146097, of_era = z - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 - 400 + (*month <= 2));
}

/* 0 is Sunday. */
static inline int lgs_weekday(int64_t days)
{
    int rest = (int)((days + 4) % 7);

    return rest < 0 ? rest + 7 : rest;
}

#endif
