//! Times of logs as numbers that can be compared.

/// The time that a log printed, in milliseconds of a calendar in which every month has 31 days: it only serves to compare.
/// `None` if it is no time.
pub(super) fn moment(time: &str) -> Option<u64> {
    let mut numbers = time.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty());
    let mut next = || numbers.next().and_then(|number| number.parse::<u64>().ok());
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    if !(1990..2200).contains(&year) || month > 12 || day > 31 || hour > 24 || minute > 60 || second > 61 {
        return None;
    }
    let seconds = ((((year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second;
    let fraction = time.split([',', '.']).nth(1).map_or(0, |rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).chain("000".chars()).take(3).collect();
        digits.parse().unwrap_or_default()
    });
    Some(seconds * 1000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_layout_are_compared() {
        let same = moment("2025-03-26 04:32:14,780").unwrap();
        for time in ["2025-03-26 4:32:14,780", "2025-03-26T04:32:14.780Z", "2025/03/26 04:32:14.78"] {
            assert_eq!(moment(time), Some(same), "{time}");
        }
        assert!(moment("2025-03-26 04:32:15").unwrap() > same && moment("2025-04-01 00:00:00").unwrap() > same);
        assert_eq!((moment(""), moment("12:00:01"), moment("a 1 2 3 4 5 6")), (None, None, None));
    }
}
