//! Comments on a step and on the review, and one that was rejected.

use app::view::{CommentLine, CommentView, CommentsView};
use domain::step::Step;

use super::{HOSTILE, assets, head};

/// Those of a step: one is done, and one would be harmful as markup.
pub fn on(step: Step) -> CommentsView {
    CommentsView { step: Some(step), ..all() }
}

/// Those of the plan.
pub fn all() -> CommentsView {
    let line = |number, step, text: &str, is_done| CommentLine {
        number,
        author: HOSTILE.to_owned(),
        when: super::day(),
        step,
        text: text.to_owned(),
        is_done,
        may_mark: !is_done,
    };
    let lines = vec![line(1, Some(Step::Database), "Which port?\nAsk the DBA.", true), line(2, None, HOSTILE, false)];
    CommentsView { step: None, lines, is_full: true, may_write: true }
}

/// One without a text.
pub fn wrong() -> CommentView {
    CommentView {
        assets: assets(),
        plan: head(),
        step: Some(Step::Database),
        text: HOSTILE.to_owned(),
        problem: "The comment has 2001 characters. Shorten it to 2000.".to_owned(),
    }
}
