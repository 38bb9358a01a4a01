//! What pages tell of a secret: that it is set, by whom and when, and where it was found to work. Never more.

use std::collections::BTreeMap;

use domain::check::{CheckReport, Works};
use domain::step::Step;
use domain::steps;

use crate::clock;
use crate::journal::marked;
use crate::plans::OpenPlan;
use crate::set_by::SetBy;

/// What is told of the secrets of a step that are set, by setting.
pub(super) fn secrets(
    step: Step,
    plan: &OpenPlan,
    report: &CheckReport,
    set_by: &BTreeMap<String, SetBy>,
) -> BTreeMap<String, String> {
    let of_step = |setting: &&str| steps::setting(setting).is_some_and(|setting| setting.step == step);
    let told = |setting: &str| told(set_by.get(setting), report.works(setting));
    plan.secrets.settings().filter(of_step).map(|setting| (setting.to_owned(), told(setting))).collect()
}

fn told(set_by: Option<&SetBy>, works: Option<Works>) -> String {
    let by = set_by.map_or_else(String::new, |set| {
        format!(" by {}, {}", marked(&set.by, &set.via), clock::time_of_day_or_day(set.at))
    });
    let works = match works {
        Some(Works::OnNodes { passed, of }) => format!(", works from {passed} of {of} nodes"),
        Some(Works::Here) => ", works from this server".to_owned(),
        None => String::new(),
    };
    format!("Set{by}{works}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_told_by_who_when_and_where_it_works() {
        let set = |by: &str, via: &str, at| SetBy { at, by: by.to_owned(), via: via.to_owned() };
        let (now, long_ago) = (clock::now(), 1_700_000_000);
        let nodes = Some(Works::OnNodes { passed: 3, of: 3 });
        let time = clock::hour_and_minute(now);
        assert_eq!(
            told(Some(&set("DBA", "1", now)), nodes),
            format!("Set by DBA (by link), {time}, works from 3 of 3 nodes.")
        );
        assert_eq!(
            told(Some(&set("", "", now)), Some(Works::Here)),
            format!("Set by Owner, {time}, works from this server.")
        );
        let day = clock::day_and_time(long_ago);
        assert!(day.contains("November 2023"), "{day}");
        assert_eq!(told(Some(&set("", "1", long_ago)), None), format!("Set by Somebody with a link, {day}."));
        assert_eq!(
            (told(None, None), told(None, nodes)),
            ("Set.".to_owned(), "Set, works from 3 of 3 nodes.".to_owned())
        );
    }
}
