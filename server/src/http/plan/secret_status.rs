//! What pages tell of a secret: that it is set, by whom and when, and where it was found to work. Never more.

use std::collections::BTreeMap;

use app::view::TimedText;
use domain::check::{CheckReport, SecretVerification};
use domain::step::Step;
use domain::steps;

use service::plans::OpenPlan;
use service::plans::secret_origin::SecretOrigin;

/// The statuses of the secrets of a step that are set, by setting.
pub(crate) fn secret_statuses(
    step: Step,
    plan: &OpenPlan,
    report: &CheckReport,
    set_by: &BTreeMap<String, SecretOrigin>,
) -> BTreeMap<String, TimedText> {
    let of_step = |setting: &&str| steps::setting(setting).is_some_and(|setting| setting.step == step);
    let describe = |setting: &str| describe(set_by.get(setting), report.secret_verification(setting));
    plan.secrets.settings().filter(of_step).map(|setting| (setting.to_owned(), describe(setting))).collect()
}

fn describe(set_by: Option<&SecretOrigin>, works: Option<SecretVerification>) -> TimedText {
    let by = set_by.map_or_else(String::new, |set| format!(" by {}, ", set.by.name_with_link_mark()));
    let works = match works {
        Some(SecretVerification::OnNodes { passed, of }) => format!(", works from {passed} of {of} nodes"),
        Some(SecretVerification::Here) => ", works from this server".to_owned(),
        None => String::new(),
    };
    let at = set_by.map(|set| crate::http::moments::format_time_or_date(set.at));
    TimedText { before: format!("Set{by}"), at, after: format!("{works}.") }
}

#[cfg(test)]
mod tests {
    use domain::author::{Author, DisplayName};
    use domain::sharing::LinkId;
    use service::clock;

    use super::*;

    #[test]
    fn the_status_of_a_secret_names_the_actor_the_time_and_where_it_works() {
        let set = |name: &str, link: Option<&str>, at| {
            let link = link.map(|id| LinkId(id.to_owned()));
            SecretOrigin { at, by: Author { name: DisplayName::new(name), link } }
        };
        let (now, long_ago) = (clock::now(), 1_700_000_000);
        let nodes = Some(SecretVerification::OnNodes { passed: 3, of: 3 });
        let time = crate::http::moments::format_time(now).shown;
        assert_eq!(
            describe(Some(&set("DBA", Some("1"), now)), nodes).text(),
            format!("Set by DBA (by link), {time}, works from 3 of 3 nodes.")
        );
        assert_eq!(
            describe(Some(&set("", None, now)), Some(SecretVerification::Here)).text(),
            format!("Set by Owner, {time}, works from this server.")
        );
        let day = crate::http::moments::format_date_time(long_ago).shown;
        assert!(day.contains("November 2023"), "{day}");
        assert_eq!(
            describe(Some(&set("", Some("1"), long_ago)), None).text(),
            format!("Set by Someone with a link, {day}.")
        );
        assert_eq!(
            (describe(None, None).text(), describe(None, nodes).text()),
            ("Set.".to_owned(), "Set, works from 3 of 3 nodes.".to_owned())
        );
    }
}
