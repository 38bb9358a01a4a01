//! Merges two people's changes to one plan: a part that only one of them changed is taken over, a part that both
//! changed differently is a conflict.
//!
//! The authors of the changes and the page of the conflict are outside this module.

use crate::draft::Draft;
use crate::history::{DraftPart, PartContent, parts_of_either, set_part};

/// The result of a merge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MergedDraft {
    /// Both sides' changes; for the parts of `conflicts`, theirs.
    pub draft: Draft,
    /// The parts that both changed differently.
    pub conflicts: Vec<PartConflict>,
}

/// A part that both changed differently.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartConflict {
    /// The part.
    pub part: DraftPart,
    /// The common earlier content; `None` if nothing was entered.
    pub base: Option<PartContent>,
    /// My content.
    pub mine: Option<PartContent>,
    /// Their content.
    pub theirs: Option<PartContent>,
}

/// Merges `mine` and `theirs`, which both come from `base`. Contents with the same meaning (an explicit default, a
/// space at the end) are not changes.
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

/// Like [`merge`], without a known base: every difference between mine and theirs is a conflict.
#[must_use]
pub fn merge_without_base(mine: &Draft, theirs: &Draft) -> MergedDraft {
    let differs = |part: DraftPart| {
        let (mine, theirs) = (part.of(mine), part.of(theirs));
        let differs = part.effective_content(mine.as_ref()) != part.effective_content(theirs.as_ref());
        // A visited step never becomes unvisited.
        (differs && !matches!(part, DraftPart::Visited(_))).then_some(PartConflict { part, base: None, mine, theirs })
    };
    let conflicts = parts_of_either(&[mine, theirs]).into_iter().filter_map(differs).collect();
    let mut draft = theirs.clone();
    draft.visited.extend(&mine.visited);
    MergedDraft { draft, conflicts }
}

/// The content that counts; `None` for a conflict.
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
        // An explicit default takes precedence over an absent answer.
        Some(if theirs.is_some() { theirs } else { mine })
    } else if read_mine == base {
        Some(theirs)
    } else if read_theirs == base {
        Some(mine)
    } else {
        None
    }
}
