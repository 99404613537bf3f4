//! Days of a search as times.

use jiff::{civil::Date, tz::TimeZone};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Seconds that a place can be east or west of UTC: no place is as far as a day.
const OFFSET_LIMIT: i32 = 86_400;

/// First and last millisecond of a day, `2024-02-29` or `2024-2-29`; `None` where it is none.
pub(super) fn day(text: &str, timezone_offset: i32) -> Option<(i64, i64)> {
    let mut parts = text.trim().splitn(3, '-');
    let date = Date::new(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let midnight = date.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond();
    let offset = i64::from(timezone_offset.clamp(-OFFSET_LIMIT, OFFSET_LIMIT));
    let start = midnight - offset * 1000;
    Some((start, start + DAY - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_reader_is() {
        assert_eq!(day("1970-01-02", 0), Some((DAY, 2 * DAY - 1)));
        assert_eq!(day("1970-1-2", 3600), Some((DAY - 3_600_000, 2 * DAY - 1 - 3_600_000)));
        assert_eq!(day("1970-01-02", i32::MIN), Some((2 * DAY, 3 * DAY - 1)));
        for nonsense in ["", "today", "2023-02-29", "99999-01-01", "2024-01", "1-2-3-4"] {
            assert_eq!(day(nonsense, 0), None, "{nonsense}");
        }
    }
}
