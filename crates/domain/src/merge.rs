//! Two people's changes to one plan brought together: what only one of them changed stays, what both changed to
//! different things is told and not decided.
//!
//! Who changed something, and what the page asks, is not its business.

use crate::draft::Draft;
use crate::history::{DraftPart, PartContent, parts_of_either, set_part};

/// What came of a merge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MergedDraft {
    /// Both sides' changes; in the parts of `conflicts` it holds theirs.
    pub draft: Draft,
    /// What both changed, to different things.
    pub conflicts: Vec<PartConflict>,
}

/// A part that both changed, to different things.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartConflict {
    /// What it is.
    pub part: DraftPart,
    /// What both saw; `None` where nothing was entered.
    pub base: Option<PartContent>,
    /// What I made of it.
    pub mine: Option<PartContent>,
    /// What they made of it.
    pub theirs: Option<PartContent>,
}

/// Brings `mine` and `theirs` together, which both come from `base`. Contents that read alike (a default that was
/// written down, a blank at the end) are not changes: whoever changed what is read counts.
#[must_use]
pub fn merge(base: &Draft, mine: &Draft, theirs: &Draft) -> MergedDraft {
    let mut draft = theirs.clone();
    let mut conflicts = Vec::new();
    for part in parts_of_either(&[base, mine, theirs]) {
        let [base, mine, theirs] = [base, mine, theirs].map(|draft| part.of(draft));
        match winner(&part, &base, &mine, &theirs) {
            Some(content) => set_part(&mut draft, &part, content.as_ref()),
            None => conflicts.push(PartConflict { part, base, mine, theirs }),
        }
    }
    MergedDraft { draft, conflicts }
}

/// As [`merge`], where what both saw is not known any more: whatever I have otherwise than they do is a conflict.
#[must_use]
pub fn merge_without_base(mine: &Draft, theirs: &Draft) -> MergedDraft {
    let differs = |part: DraftPart| {
        let (mine, theirs) = (part.of(mine), part.of(theirs));
        let differs = part.effective_content(mine.as_ref()) != part.effective_content(theirs.as_ref());
        // A step is only ever visited, never left unvisited.
        (differs && !matches!(part, DraftPart::Visited(_))).then_some(PartConflict { part, base: None, mine, theirs })
    };
    let conflicts = parts_of_either(&[mine, theirs]).into_iter().filter_map(differs).collect();
    let mut draft = theirs.clone();
    draft.visited.extend(&mine.visited);
    MergedDraft { draft, conflicts }
}

/// Which of the contents counts; `None` where two do.
fn winner<'a>(
    part: &DraftPart,
    base: &'a Option<PartContent>,
    mine: &'a Option<PartContent>,
    theirs: &'a Option<PartContent>,
) -> Option<&'a Option<PartContent>> {
    if mine == base || mine == theirs {
        return Some(theirs);
    }
    if theirs == base {
        return Some(mine);
    }
    let [base, read_mine, read_theirs] = [base, mine, theirs].map(|content| part.effective_content(content.as_ref()));
    if read_mine == read_theirs {
        // What was written down says more than nothing.
        Some(if theirs.is_some() { theirs } else { mine })
    } else if read_mine == base {
        Some(theirs)
    } else if read_theirs == base {
        Some(mine)
    } else {
        None
    }
}
