//! The results of live checks as tables: problems are visible, the rest is collapsed behind its count.
//!
//! The table is markup as text, on the server and in the browser: views for its changing rows would cost the browser
//! half as many bytes as all other islands. Every text goes through [`Html::text`].

use domain::check::{CheckId, CheckReport, CheckResult, CheckState, Consequence, Outcome, OutcomeChange, Remedy};
use domain::moment::{UtcOffset, rfc_3339};
use domain::step::Step;

use crate::urls;
use crate::wire::CheckContext;

/// The maximum number of earlier outcomes in a row.
const MAX_OUTCOME_CHANGES_SHOWN: usize = 4;

/// The collapsed groups: weight, name in ids, and the words after the count.
const COLLAPSED_GROUPS: [(u8, &str, &str); 3] =
    [(3, "unknown", "skipped"), (1, "stale", "to check again"), (0, "passed", "passed")];

/// The checks of `step`, or of all steps, that were part of a run.
pub(super) fn checks_of(report: &CheckReport, step: Option<Step>) -> impl Iterator<Item = (CheckId, &CheckState)> {
    let checks = report.checks.iter().map(|(id, state)| (*id, state));
    checks.filter(move |(id, _)| step.is_none_or(|step| id.step() == step))
}

/// The id of a check's first row.
pub(super) fn row_id(id: CheckId) -> String {
    format!("check-{}", id.code())
}

/// The number of results with this consequence that are not accepted, and the first check that has one.
pub(super) fn open_results(
    report: &CheckReport,
    step: Option<Step>,
    context: &CheckContext,
    consequence: Consequence,
) -> (usize, Option<CheckId>) {
    let results = || {
        checks_of(report, step).filter_map(|(_, state)| match state {
            CheckState::Done { results, .. } => Some(results),
            _ => None,
        })
    };
    let is_open = |result: &&CheckResult| {
        Consequence::of_result(result) == Some(consequence) && context.accepted(result.id).is_none()
    };
    let open = || results().flatten().filter(is_open);
    (open().count(), open().next().map(|result| result.id))
}

/// The number of results of the checks of `step` with this outcome; `None` counts checks without a result on the
/// current answers. One result is one row, here and in every list.
pub(super) fn count(report: &CheckReport, step: Option<Step>, outcome: Option<Outcome>) -> usize {
    let of_state = |(_, state): (CheckId, &CheckState)| match state {
        CheckState::Done { results, .. } => results.iter().filter(|result| Some(result.outcome) == outcome).count(),
        _ => usize::from(outcome.is_none()),
    };
    checks_of(report, step).map(of_state).sum()
}

/// Markup under construction.
#[derive(Default)]
struct Html(String);

impl Html {
    /// Appends markup unchanged.
    fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text, escaped also for a quoted attribute.
    fn text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#x27;"),
                letter => self.0.push(letter),
            }
        }
        self
    }
}

/// The results of the checks of `step`, or of each step, with the buttons of the form `form`.
pub(super) fn results(report: &CheckReport, step: Option<Step>, form: &str, context: &CheckContext) -> String {
    // Without the permission to run checks, no button is shown.
    let may_run = if context.may_run { form } else { "" };
    let mut html = Html::default();
    let steps: &[Step] = step.as_ref().map_or(&Step::WITH_CHECKS, std::slice::from_ref);
    for one in steps {
        // A verification needs an account: only its form starts it.
        let form = if *one == Step::Verify { "" } else { may_run };
        let mut left: Vec<ResultRow> = checks_of(report, Some(*one))
            .filter(|(_, state)| **state != CheckState::Waiting)
            .flat_map(|(id, state)| rows(id, state, report, context))
            .collect();
        if left.is_empty() {
            continue;
        }
        left.sort_by_key(|row| std::cmp::Reverse(row.weight));
        if step.is_none() {
            html.raw("<div class=\"check-step\"><h3>").text(one.title()).raw("</h3>");
            if !form.is_empty() {
                html.raw("<button class=\"secondary small\" name=\"step\" form=\"").text(form);
                html.raw("\" value=\"").text(one.slug()).raw("\">Check <span class=\"visually-hidden\">");
                html.text(one.title()).raw("</span> again</button>");
            }
            html.raw("</div>");
        }
        let mut folds = Html::default();
        let button = if step.is_some() { "action\" value=\"check." } else { "id\" value=\"" };
        // Rows that need attention are not collapsed: among ninety checks they would be hard to find.
        for (weight, name, words) in COLLAPSED_GROUPS {
            let folded: Vec<ResultRow> = left.extract_if(.., |row| row.weight == weight).collect();
            if !folded.is_empty() {
                collapsed_group(&mut folds, &folded, &format!("{name}-{}", one.slug()), words, form, button);
            }
        }
        if !left.is_empty() {
            table(&mut html, &left, form, button);
        }
        html.raw(&folds.0);
    }
    html.0
}

/// Collapsed rows with their count.
fn collapsed_group(html: &mut Html, rows: &[ResultRow], id: &str, words: &str, form: &str, button: &str) {
    html.raw("<details class=\"check-fold\" id=\"").text(id).raw("\"><summary>");
    html.text(&rows.len().to_string()).raw(" ").text(words).raw("</summary>");
    table(html, rows, form, button);
    html.raw("</details>");
}

fn table(html: &mut Html, rows: &[ResultRow], form: &str, button: &str) {
    html.raw(
        "<table class=\"check-table\"><caption class=\"visually-hidden\">Check results</caption><thead><tr>\
         <th scope=\"col\">Check</th><th scope=\"col\">Current value</th><th scope=\"col\">Required value</th>\
         <th scope=\"col\">What to do</th></tr></thead><tbody>",
    );
    rows.iter().for_each(|one| row(html, one, form, button));
    html.raw("</tbody></table>");
}

fn row(html: &mut Html, row: &ResultRow, form: &str, button: &str) {
    let CheckResult { subject, current, required, remedy, .. } = &row.result;
    let code = row.check.code();
    html.raw("<tr tabindex=\"-1\"");
    if row.linked {
        html.raw(" id=\"").text(&row_id(row.check)).raw("\"");
    }
    html.raw("><th scope=\"row\"><span class=\"").raw(row.class).raw("\">").raw(row.word);
    html.raw("</span> <span class=\"check-title\">").text(row.check.title());
    if let Some(subject) = subject {
        html.raw(" (").text(subject).raw(")");
    }
    html.raw("</span> <a class=\"code\" href=\"").text(&urls::check_page(code)).raw("\">").text(code).raw("</a>");
    if !row.when.is_empty() {
        html.raw("<span class=\"check-when\">").raw(&row.when).raw("</span>");
    }
    html.raw("</th>");
    for (label, value) in [("Current value", current), ("Required value", required)] {
        html.raw("<td data-label=\"").raw(label).raw("\">").text(value).raw("</td>");
    }
    html.raw("<td data-label=\"What to do\">").text(&remedy.text);
    for command in &remedy.commands {
        html.raw("<div class=\"command\"><pre tabindex=\"0\" role=\"group\" aria-label=\"Command\"><code>")
            .text(command);
        html.raw(
            "</code></pre><span class=\"copy needs-script\"><button type=\"button\" class=\"secondary small\" data-copy>\
             Copy <span class=\"visually-hidden\">the command</span></button><span role=\"status\"></span></span></div>",
        );
    }
    if !row.accepted.is_empty() {
        html.raw("<span class=\"check-accepted\">Accepted: ").text(&row.accepted).raw("</span>");
    }
    html.raw("<span class=\"check-actions\">");
    // A check that writes has a separate button, next to a description of what it writes.
    if !form.is_empty() && !row.check.is_writing() {
        html.raw("<button class=\"secondary small\" form=\"").text(form);
        html.raw("\" name=\"").raw(button).text(code).raw("\">Check again <span class=\"visually-hidden\">");
        html.text(code).raw("</span></button>");
    }
    if let Some(href) = &row.accept {
        html.raw("<a href=\"").text(href).raw("\">");
        html.raw(match (row.accepted.is_empty(), row.consequence) {
            (true, Some(Consequence::OpenTask)) => "Accept this task",
            (true, _) => "Accept this warning",
            (false, _) => "Change the acceptance",
        });
        html.raw(" <span class=\"visually-hidden\">").text(code).raw("</span></a>");
    }
    html.raw("</span></td></tr>");
}

/// One row to be rendered.
struct ResultRow {
    check: CheckId,
    /// Whether it is the link target of the check.
    linked: bool,
    /// The badge's class.
    class: &'static str,
    /// The text of the badge, which repeats the colour in words.
    word: &'static str,
    /// The sort order: the highest weight is first; a passed check has 0.
    weight: u8,
    /// The time of the result, and the earlier outcomes, as markup.
    when: String,
    /// Its consequence.
    consequence: Option<Consequence>,
    /// The URL of the page that accepts it; `None` if it cannot be accepted.
    accept: Option<String>,
    /// The reason of its acceptance; empty if it is not accepted.
    accepted: String,
    result: CheckResult,
}

fn rows(id: CheckId, state: &CheckState, report: &CheckReport, context: &CheckContext) -> Vec<ResultRow> {
    let changes = report.history.get(&id).map_or(&[] as &[OutcomeChange], Vec::as_slice);
    let row = |class, word, weight, when, result| ResultRow {
        check: id,
        linked: false,
        class,
        word,
        weight,
        when,
        consequence: None,
        accept: None,
        accepted: String::new(),
        result,
    };
    let plain = |class, word, weight, current: String| {
        let result = CheckResult {
            id,
            subject: None,
            outcome: Outcome::CouldNotCheck,
            current,
            required: String::new(),
            remedy: Remedy::default(),
            took_ms: 0,
            from_node: false,
            expires_at: None,
        };
        vec![row(class, word, weight, before(changes, context), result)]
    };
    let mut rows: Vec<ResultRow> = match state {
        CheckState::Done { at, results } => (results.iter())
            .map(|result| {
                let (class, weight) = badge(result.outcome);
                let consequence = Consequence::of_result(result);
                let is_acceptable = consequence.is_some_and(Consequence::is_acceptable);
                let accepted = context.accepted(id).filter(|_| is_acceptable);
                ResultRow {
                    consequence,
                    accept: (context.may_accept && is_acceptable)
                        .then(|| urls::accept_page(&context.plan, id.code(), &context.scope)),
                    accepted: accepted.unwrap_or_default().to_owned(),
                    ..row(class, result.outcome.label(), weight, when(*at, changes, context), result.clone())
                }
            })
            .collect(),
        CheckState::Waiting => plain("badge badge-open", "waiting", 1, String::new()),
        CheckState::Running { waits_for } => plain("badge badge-running", "running", 2, waits_for.clone()),
        CheckState::Cancelled => plain("badge badge-open", "stopped", 1, "Stopped before it ended.".to_owned()),
        CheckState::Stale { setting } => {
            // The label is declared on the server only; the key is similar to it.
            let name = setting.rsplit('.').next().unwrap_or(setting).replace('_', " ");
            plain("badge badge-open", "outdated", 1, format!("Outdated since you changed {name}."))
        }
    };
    // Links open the row with the highest weight, which is not collapsed if another row is visible.
    let worst = rows.iter().map(|row| row.weight).max();
    if let Some(shown) = rows.iter_mut().find(|row| Some(row.weight) == worst) {
        shown.linked = true;
    }
    rows
}

const fn badge(outcome: Outcome) -> (&'static str, u8) {
    match outcome {
        Outcome::Passed => ("badge badge-passed", 0),
        Outcome::Failed => ("badge badge-failed", 5),
        Outcome::Warned => ("badge badge-warned", 4),
        Outcome::CouldNotCheck => ("badge badge-open", 3),
    }
}

/// `12:04 UTC`, or with the day if that is not today, as markup.
fn format_time(at: u64, context: &CheckContext) -> String {
    let zone = UtcOffset { ahead: context.ahead };
    let words = if zone.day_number(at) == context.today { zone.format_time(at) } else { zone.format_date_time(at) };
    format!("<time datetime=\"{}\">{words}</time>", rfc_3339(at))
}

/// `failed 12:04 UTC, passed 12:09 UTC`, as markup.
fn before(changes: &[OutcomeChange], context: &CheckContext) -> String {
    let shown = changes.iter().skip(changes.len().saturating_sub(MAX_OUTCOME_CHANGES_SHOWN));
    let shown = shown.map(|change| format!("{} {}", change.outcome.label(), format_time(change.at, context)));
    shown.collect::<Vec<_>>().join(", ")
}

/// The time of the last result, after the earlier outcomes.
fn when(at: u64, changes: &[OutcomeChange], context: &CheckContext) -> String {
    match changes {
        [] | [_] => format_time(at, context),
        [.., last] if last.at / 60 == at / 60 => before(changes, context),
        _ => format!("{}, last {}", before(changes, context), format_time(at, context)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        let mut html = Html::default();
        html.text("</td><script>alert(1)</script> \"'&amp;");
        assert_eq!(html.0, "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;&#x27;&amp;amp;");
    }
}
