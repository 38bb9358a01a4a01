//! The known name that is most like one that is not known.

/// Longest unknown name that is compared with the known ones, in bytes.
const MAX_COMPARED_BYTES: usize = 64;

/// What to do about an unknown name, and what finding that out took.
pub(super) struct Nearest {
    /// A sentence with a blank before it: the known name that may be meant, or that this one is to be removed.
    pub(super) hint: String,
    /// Letters that were compared: what the reader's tests bound.
    pub(super) steps: usize,
}

/// Compares `name` with the known ones.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Nearest {
    let remove = || " Remove it.".to_owned();
    // No setting has a name as long as this, and comparing takes the product of both lengths.
    if name.len() > MAX_COMPARED_BYTES {
        return Nearest { hint: remove(), steps: 0 };
    }
    let mut steps = 0;
    let hint = known
        .inspect(|candidate| steps += name.len() * candidate.len())
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .map_or_else(remove, |(_, candidate)| format!(" Did you mean {candidate}?"));
    Nearest { hint, steps }
}

/// How many letters must be changed to turn one text into the other (Levenshtein).
pub(crate) fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut corner = above;
        let mut left = above + 1;
        for (column, other) in to.iter().enumerate() {
            let up = row.get(column + 1).copied().unwrap_or(usize::MAX - 1);
            let best = (corner + usize::from(letter != *other)).min(left + 1).min(up + 1);
            corner = up;
            if let Some(cell) = row.get_mut(column) {
                *cell = left;
            }
            left = best;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "ab"), 2);
        assert_eq!(edit_distance("host", "host"), 0);
    }
}
