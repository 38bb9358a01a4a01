//! Two people's changes to one plan brought together: what only one of them changed stays, what both changed to
//! different things is told and not decided.
//!
//! Who changed something, and what the page asks, is not its business.

use crate::draft::Draft;
use crate::history::{Content, Part, every_part, put};

/// What came of a merge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Merged {
    /// Both sides' changes; in the parts of `conflicts` it holds theirs.
    pub draft: Draft,
    /// What both changed, to different things.
    pub conflicts: Vec<Conflict>,
}

/// A part that both changed, to different things.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// What it is.
    pub part: Part,
    /// What both saw; `None` where nothing was entered.
    pub base: Option<Content>,
    /// What I made of it.
    pub mine: Option<Content>,
    /// What they made of it.
    pub theirs: Option<Content>,
}

/// Brings `mine` and `theirs` together, which both come from `base`. Contents that read alike (a default that was
/// written down, a blank at the end) are not changes: whoever changed what is read counts.
#[must_use]
pub fn merge(base: &Draft, mine: &Draft, theirs: &Draft) -> Merged {
    let mut draft = theirs.clone();
    let mut conflicts = Vec::new();
    for part in every_part(&[base, mine, theirs]) {
        let [base, mine, theirs] = [base, mine, theirs].map(|draft| part.of(draft));
        match winner(&part, &base, &mine, &theirs) {
            Some(content) => put(&mut draft, &part, content.as_ref()),
            None => conflicts.push(Conflict { part, base, mine, theirs }),
        }
    }
    Merged { draft, conflicts }
}

/// As [`merge`], where what both saw is not known any more: whatever I have otherwise than they do is a conflict.
#[must_use]
pub fn compare(mine: &Draft, theirs: &Draft) -> Merged {
    let differs = |part: Part| {
        let (mine, theirs) = (part.of(mine), part.of(theirs));
        let differs = part.as_read(mine.as_ref()) != part.as_read(theirs.as_ref());
        // A step is only ever visited, never left unvisited.
        (differs && !matches!(part, Part::Visited(_))).then_some(Conflict { part, base: None, mine, theirs })
    };
    let conflicts = every_part(&[mine, theirs]).into_iter().filter_map(differs).collect();
    let mut draft = theirs.clone();
    draft.visited.extend(&mine.visited);
    Merged { draft, conflicts }
}

/// Which of the contents counts; `None` where two do.
fn winner<'a>(
    part: &Part,
    base: &'a Option<Content>,
    mine: &'a Option<Content>,
    theirs: &'a Option<Content>,
) -> Option<&'a Option<Content>> {
    if mine == base || mine == theirs {
        return Some(theirs);
    }
    if theirs == base {
        return Some(mine);
    }
    let [base, read_mine, read_theirs] = [base, mine, theirs].map(|content| part.as_read(content.as_ref()));
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
