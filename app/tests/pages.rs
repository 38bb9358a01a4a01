//! Invariants of every page in every state: the structure that assistive technology needs, and escaped texts.

mod markup;
mod states;

use std::collections::BTreeSet;

use domain::check::CheckId;
use domain::finding::Severity;
use domain::step::Step;
use domain::steps::settings;
use markup::{Tag, tags};
use states::HOSTILE;

/// A password that must appear on no page.
const CANARY: &str = "Canary-secret-1";

fn each_page(check: impl Fn(&str, &str, &[Tag])) {
    for (name, html) in states::all() {
        check(&name, &html, &tags(&html));
    }
}

fn ids(tags: &[Tag]) -> Vec<&str> {
    tags.iter().filter_map(|tag| tag.get("id")).collect()
}

#[test]
fn ids_are_unique() {
    each_page(|name, _, tags| {
        let ids = ids(tags);
        let different: BTreeSet<_> = ids.iter().collect();
        let twice: Vec<_> = different.iter().filter(|id| ids.iter().filter(|other| other == *id).count() > 1).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
    });
}

#[test]
fn every_input_has_a_label() {
    each_page(|name, _, tags| {
        let labelled: BTreeSet<_> =
            tags.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
        for tag in tags {
            if matches!(tag.name.as_str(), "input" | "select" | "textarea") && tag.get("type") != Some("hidden") {
                let id = tag.get("id").unwrap_or_else(|| panic!("{name}: {tag:?} has no id"));
                assert!(labelled.contains(id), "{name}: {id} has no label");
            }
        }
    });
}

#[test]
fn referenced_ids_exist() {
    each_page(|name, _, tags| {
        let ids: BTreeSet<_> = ids(tags).into_iter().collect();
        for tag in tags {
            for attribute in ["aria-describedby", "aria-labelledby", "aria-controls", "for", "form"] {
                for id in tag.ids(attribute) {
                    assert!(ids.contains(id), "{name}: {attribute} names {id}, which does not exist");
                }
            }
            if let Some(id) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(id), "{name}: a link opens #{id}, which does not exist");
            }
        }
    });
}

#[test]
fn a_page_begins_with_the_skip_link_and_has_one_heading_that_takes_focus() {
    each_page(|name, html, tags| {
        let body = tags.iter().position(|tag| tag.name == "body").expect("a body");
        assert_eq!(tags[body + 1].get("href"), Some("#main"), "{name}");
        let headings: Vec<_> = tags.iter().filter(|tag| tag.name == "h1").collect();
        assert_eq!(headings.len(), 1, "{name}");
        assert_eq!(headings[0].get("tabindex"), Some("-1"), "{name}");
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{name}");
    });
}

#[test]
fn nothing_inline_that_a_strict_policy_forbids() {
    each_page(|name, _, tags| {
        for tag in tags {
            assert!(tag.name != "style" && tag.get("style").is_none(), "{name}: {tag:?}");
            assert!(tag.name != "script" || tag.get("src").is_some(), "{name}: {tag:?}");
            assert!(!tag.attributes.keys().any(|attribute| attribute.starts_with("on")), "{name}: {tag:?}");
            for attribute in ["href", "src", "action"] {
                assert!(!tag.get(attribute).unwrap_or_default().contains("//"), "{name}: another host in {tag:?}");
            }
        }
    });
}

#[test]
fn a_step_is_named_in_title_heading_and_progress() {
    for step in Step::ALL {
        let html = app::pages::step(&states::step_view(step, states::filled()));
        let number = Step::ALL.iter().position(|other| *other == step).expect("a step") + 1;
        let title = format!("<title>{} – Step {number} of 7 – Cluster setup</title>", step.title());
        assert!(html.contains(&title), "{title}");
        assert!(html.contains(&format!(">{}</h1>", step.title())));
        let current: Vec<_> = tags(&html).into_iter().filter(|tag| tag.get("aria-current") == Some("step")).collect();
        assert_eq!(current.len(), 1);
        assert!(current[0].get("href").is_some_and(|href| href.ends_with(step.slug())));
    }
}

#[test]
fn a_step_asks_for_each_of_its_settings() {
    for step in Step::ALL {
        let draft = states::filled();
        let html = app::pages::step(&states::step_view(step, draft.clone()));
        let names: BTreeSet<_> = tags(&html).iter().filter_map(|tag| tag.get("name").map(str::to_owned)).collect();
        for setting in settings(step).iter().filter(|setting| (setting.shown)(&draft)) {
            assert!(names.contains(setting.key), "{}", setting.key);
        }
    }
}

#[test]
fn a_failed_step_lists_every_problem_first_and_at_its_field() {
    for step in Step::ALL {
        let view = states::wrong(step);
        let html = app::pages::step(&view);
        assert!(html.contains("<title>Error: "), "{step:?}");
        let tags = tags(&html);
        let main = tags.iter().position(|tag| tag.name == "main").expect("a main part");
        assert_eq!(tags[main + 1].get("class"), Some("error-summary"), "{step:?}");
        let problems =
            view.findings.iter().filter(|finding| finding.at.step == step && finding.severity == Severity::Blocks);
        let (summary, rest) = html.split_once("</ul>").expect("a summary");
        let summary = &summary[summary.find("error-summary").expect("a summary")..];
        assert_eq!(summary.matches("<li>").count(), problems.clone().count(), "{step:?}");
        for finding in problems {
            let message = markup::unescape(&finding.message());
            assert!(markup::unescape(summary).contains(&message), "{step:?}: {message}");
            assert!(markup::unescape(rest).contains(&message), "{step:?} not at the field: {message}");
        }
        for tag in tags.iter().filter(|tag| tag.get("aria-invalid").is_some() && tag.get("id").is_some()) {
            let id = tag.get("id").unwrap_or_default();
            assert!(tag.ids("aria-describedby").any(|other| other == format!("{id}-error")), "{step:?}: {tag:?}");
        }
    }
}

/// Screen readers read a list of links without the fields: each link names its field, and the node of a row.
#[test]
fn no_two_links_of_an_error_summary_have_the_same_text() {
    let mut links = 0;
    for (name, html) in states::all() {
        let Some((_, summary)) = html.split_once("class=\"error-summary\"") else { continue };
        let (summary, _) = summary.split_once("</ul>").expect("its end");
        let texts: Vec<&str> =
            summary.split("<li>").skip(1).map(|item| item.rsplit_once("\">").map_or(item, |(_, text)| text)).collect();
        let different: BTreeSet<_> = texts.iter().collect();
        assert_eq!(different.len(), texts.len(), "{name}: {texts:?}");
        links += texts.len();
    }
    assert!(links > 40, "{links}");
    for (step, expected) in [
        (Step::LoadBalancer, ["HTTP port: “70000” is", "HTTPS port: “70000” is"]),
        (Step::Clustering, ["Name of node 1: “is 1”", "Name of node 2: “is 1”"]),
    ] {
        let html = app::pages::step(&states::wrong(step));
        assert!(expected.iter().all(|text| html.contains(&format!("\">{text}"))), "{html}");
    }
}

#[test]
fn answers_are_text_and_never_markup() {
    for step in Step::ALL {
        let html = app::pages::step(&states::step_view(step, states::hostile()));
        assert!(!html.contains("<script>alert"), "{step:?}");
        let kept =
            |tag: &&Tag| tag.name == "input" && tag.get("type") == Some("text") && tag.get("value") == Some(HOSTILE);
        let kept = tags(&html).iter().filter(kept).count();
        assert!(kept > 0 || html.contains("&lt;script&gt;"), "{step:?} keeps what was entered");
    }
}

#[test]
fn an_empty_textarea_is_empty_and_a_leading_line_break_survives() {
    let html = |certificate: &str| {
        let mut draft = states::filled();
        draft.set("database.ca_certificate", certificate);
        app::pages::step(&states::step_view(Step::Database, draft))
    };
    let inside = |html: &str| {
        let start = html.find("<textarea").expect("a textarea");
        let (_, after) = html[start..].split_once('>').expect("its end");
        after.split_once("</textarea>").expect("its end").0.to_owned()
    };
    assert_eq!(inside(&html("")), "");
    assert_eq!(inside(&html("\nPEM")), "\n\nPEM");
}

#[test]
fn a_secret_reaches_no_page_even_if_it_lay_among_the_answers() {
    let mut draft = states::filled();
    draft.set("load_balancer.certificate", "provided");
    draft.set("user_store.kind", "ldap");
    for setting in domain::steps::all().filter(|setting| setting.control.is_secret()) {
        draft.set(setting.key, CANARY);
    }
    for step in Step::ALL {
        let html = app::pages::step(&states::step_view(step, draft.clone()));
        assert!(!html.contains(CANARY), "{step:?}");
        for tag in tags(&html).iter().filter(|tag| tag.get("type") == Some("password")) {
            assert_eq!(tag.get("value"), None);
        }
    }
    assert!(!app::pages::review(&states::review(draft, true)).contains(CANARY));
}

#[test]
fn fields_of_another_answer_are_rendered_but_disabled() {
    let html = app::pages::step(&states::step_view(Step::LoadBalancer, states::filled()));
    let tags = tags(&html);
    let group = tags
        .iter()
        .find(|tag| tag.get("data-answers") == Some("provided"))
        .expect("the group of a provided certificate");
    assert!(group.get("hidden").is_some() && group.get("disabled").is_some());
    let update = tags.iter().find(|tag| tag.get("value") == Some("update.load_balancer.certificate"));
    assert!(update.is_some(), "without JavaScript a button shows them");
}

#[test]
fn the_review_links_every_answer_to_its_field_and_back() {
    let html = app::pages::review(&states::review(states::filled(), false));
    let links: BTreeSet<_> = tags(&html).iter().filter_map(|tag| tag.get("href").map(str::to_owned)).collect();
    assert!(links.contains("/plans/7f3k/database?return=review#database-host"));
    assert!(links.contains("/plans/7f3k/clustering?return=review#clustering-nodes"));
    assert!(html.contains("Nothing blocks the download."));
}

#[test]
fn results_of_checks_are_read_without_colour() {
    let done = states::all().into_iter().find(|(name, _)| name == "database-checks-done").expect("the state").1;
    for word in
        ["passed", "failed", "warning", "skipped", "ALTER DATABASE", "id=\"check-DB-17\"", "Go to first open task"]
    {
        assert!(done.contains(word), "{word}");
    }
    // What does not block the download is not red.
    assert!(done.contains("class=\"check-verdict check-verdict-task\""), "{done}");
    let stale = states::all().into_iter().find(|(name, _)| name == "database-checks-stale").expect("the state").1;
    assert!(stale.contains("Outdated since you changed host."));
}

/// A result of a check is an open task, counted like a finding, and a reason is shown once.
#[test]
fn the_review_distinguishes_problems_tasks_and_warnings() {
    let html = states::all().into_iter().find(|(name, _)| name == "review-checked").expect("the state").1;
    assert!(html.contains("1 problem blocks the download. Correct it first. 1 open task remains"), "{html}");
    for word in [">Problem<", ">Open task<", ">Warning<", ">Accepted warning<", "Accept this task"] {
        assert!(html.contains(word), "{word}");
    }
    let (_, list) = html.split_once("id=\"standing\"").expect("the list");
    let (list, _) = list.split_once("class=\"download\"").expect("the download");
    assert_eq!(list.matches("A trial that is deleted next week.").count(), 1, "the reason is shown once");
    let command = "<code>ALTER DATABASE wso2identity_db CHARACTER SET latin1 COLLATE latin1_swedish_ci;</code>";
    assert_eq!(list.matches(command).count(), 1, "a command is a block of its own: {list}");
    assert_eq!(list.matches("ALTER DATABASE").count(), 1, "and no part of a sentence: {list}");
    let step = states::all().into_iter().find(|(name, _)| name == "database-checks-done").expect("the state").1;
    assert!(step.contains("5 passed, 1 failed, 1 with a warning, 1 skipped"), "{step}");
    assert!(step.contains("1 open task. It does not block the download"), "{step}");
}

#[test]
fn the_page_of_a_check_states_the_consequence_of_a_failure() {
    let page = |check| app::pages::checks(&app::view::CheckDocView { check: Some(check), ..Default::default() });
    assert!(page(CheckId::Db04).contains("A failure is an open task: it does not block the download"));
    assert!(page(CheckId::Db39).contains("A failure blocks the download until the answers are corrected"));
    assert!(page(CheckId::Db28).contains("A finding is a warning"));
}

/// A time names its zone and is machine-readable, so that the browser can show it in the reader's zone.
#[test]
fn every_time_of_day_is_an_element_with_its_zone() {
    let mut pages = 0;
    for (name, html) in states::all() {
        let mut parts = html.split("<time ");
        let mut outside = vec![parts.next().unwrap_or_default()];
        for part in parts {
            let (element, after) = part.split_once("</time>").expect("its end");
            let (attributes, words) = element.split_once('>').expect("its words");
            assert!(attributes.starts_with("datetime=\"") && attributes.contains("Z\""), "{name}: {attributes}");
            assert!(words.contains(" UTC"), "{name}: {words}");
            outside.push(after);
        }
        pages += usize::from(outside.len() > 1);
        assert!(outside.iter().all(|text| !text.contains("12:04") && !text.contains("00:00")), "{name}: {outside:?}");
    }
    assert!(pages > 20, "{pages} pages show a time");
}

/// A file on a page of its own can be copied, like one in the preview pane.
#[test]
fn the_page_of_a_file_has_a_button_that_copies_it() {
    let page = states::all().into_iter().find(|(name, _)| name == "preview").expect("the state").1;
    let (_, file) = page.split_once("class=\"preview-file\"").expect("the file");
    assert!(file.contains(">Copy<") && file.contains("id=\"file-text\""), "{file}");
}

/// A rejected report has its error in the summary, and its text stays in the field.
#[test]
fn a_refused_report_is_listed_first_and_keeps_its_text() {
    let page = states::all().into_iter().find(|(name, _)| name == "clustering-report-errors").expect("the state").1;
    assert!(page.contains("<title>Error: Clustering"));
    let (before, form) = page.split_once(" id=\"probe-report\"").expect("the field");
    assert!(before.contains("<a href=\"#probe-report\">This is not what probe.sh prints."));
    assert!(markup::unescape(form.split("</textarea>").next().expect("its end")).contains(HOSTILE));
}

/// The progress of each database in words and as a bar, and one next step after success and after failure.
#[test]
fn a_preparation_shows_its_progress_and_result() {
    let page = |wanted: &str| states::all().into_iter().find(|(name, _)| name == wanted).expect("the state").1;
    let running = page("prepare-running");
    let bar = "aria-label=\"wso2shared_db: 150 of 265 statements\" value=\"150\" max=\"265\"";
    assert!(running.contains(bar), "{running}");
    for (name, heading, next) in [
        ("prepare-done", "The databases are prepared", "Go to the checks of the Database step"),
        ("prepare-stopped", "The databases are not complete", "Prepare again"),
    ] {
        let page = page(name);
        assert!(page.contains(&format!(">{heading}</h1>")), "{page}");
        assert_eq!(page.matches("<progress ").count(), 3, "{page}");
        assert_eq!(page.matches("class=\"button primary\"").count(), 1, "{page}");
        assert!(page.contains(&format!(">{next}</a>")), "{page}");
    }
}
