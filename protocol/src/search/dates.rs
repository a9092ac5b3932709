//! Dates in queries: a year, a month or a day as they are where the asker is, or a moment.

use jiff::{
    ToSpan,
    civil::Date,
    fmt::temporal::{DateTimeParser, DateTimePrinter},
    tz::TimeZone,
};

use crate::Timestamp;

/// Where the asker's days begin and end. On the wire an IANA name or an offset (`+02:00`).
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// This computer's.
    pub fn system() -> Self {
        Self(TimeZone::system())
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match DateTimePrinter::new().time_zone_to_string(&self.0) {
            Ok(name) => f.write_str(&name),
            // One that was read from a file without a name; its present offset is near enough.
            Err(_) => write!(f, "{}", self.0.to_offset(jiff::Timestamp::UNIX_EPOCH)),
        }
    }
}

impl std::str::FromStr for Zone {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        DateTimeParser::new().parse_time_zone(text).map(Self)
    }
}

/// From the first moment of a date up to that of the next, or a moment alone.
pub(super) fn span(text: &str, zone: &Zone) -> Option<std::ops::Range<Timestamp>> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at..Timestamp(at.millis() + 1));
    }
    let mut parts = text.split('-');
    let number = |part: &str| if part.bytes().all(|b| b.is_ascii_digit()) { part.parse::<i16>().ok() } else { None };
    let year = number(parts.next().filter(|year| year.len() == 4)?)?;
    let month = parts.next().map(number);
    let day = parts.next().map(number);
    if parts.next().is_some() {
        return None;
    }
    let (month, day) = (month.map(|month| month.ok_or(())).transpose(), day.map(|day| day.ok_or(())).transpose());
    let (month, day) = (month.ok()?, day.ok()?);
    let first = Date::new(year, i8::try_from(month.unwrap_or(1)).ok()?, i8::try_from(day.unwrap_or(1)).ok()?).ok()?;
    let length = match (month, day) {
        (None, _) => 1.year(),
        (Some(_), None) => 1.month(),
        (Some(_), Some(_)) => 1.day(),
    };
    let start = |date: Date| Some(Timestamp(zone.0.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond()));
    Some(start(first)?..start(first.checked_add(length).ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, zone: &str) -> Option<String> {
        let span = span(text, &zone.parse().unwrap())?;
        Some(format!("{} {}", span.start, span.end))
    }

    #[test]
    fn days_months_and_years_are_those_of_the_asker() {
        for (text, zone, want) in [
            ("2026-03-29", "UTC", "2026-03-29T00:00:00.000Z 2026-03-30T00:00:00.000Z"),
            // The clocks go forward that day.
            ("2026-03-29", "Europe/Madrid", "2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z"),
            ("2026-02", "-04:00", "2026-02-01T04:00:00.000Z 2026-03-01T04:00:00.000Z"),
            ("2026", "UTC", "2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z"),
            ("2026-01-31T10:00:00+02:00", "UTC", "2026-01-31T08:00:00.000Z 2026-01-31T08:00:00.001Z"),
        ] {
            assert_eq!(told(text, zone).as_deref(), Some(want), "{text} {zone}");
        }
        for text in ["", "yesterday", "2026-13", "2026-02-30", "26-01-01", "2026-1-2-3", "2026-", "9999-12-31", "-2026"]
        {
            assert_eq!(told(text, "UTC"), None, "{text}");
        }
    }

    #[test]
    fn a_zone_survives_a_round_trip() {
        for name in ["UTC", "Europe/Madrid", "-04:00"] {
            assert_eq!(name.parse::<Zone>().unwrap().to_string(), name);
        }
        assert!("Nowhere/City".parse::<Zone>().is_err());
        assert!(Zone::system().to_string().parse::<Zone>().is_ok());
    }
}
