//! The known name that is most similar to an unknown one.

/// Maximum length of an unknown name that is compared with the known ones, in bytes.
const MAX_COMPARED_BYTES: usize = 64;

/// The remedy for an unknown name, and the cost of finding it.
pub(super) struct Nearest {
    /// A sentence with a leading space: the known name that may be meant, or that the unknown name is to be removed.
    pub(super) hint: String,
    /// The number of compared characters, which the reader's tests bound.
    pub(super) steps: usize,
}

/// Compares `name` with the known ones.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Nearest {
    let mut steps = 0;
    let found = nearest_name(name, known.inspect(|candidate| steps += name.len() * candidate.len()));
    let hint = found.map_or_else(|| " Remove it.".to_owned(), |candidate| format!(" Did you mean {candidate}?"));
    Nearest { hint, steps }
}

/// The known name that is similar enough to be meant.
pub fn nearest_name<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // No setting has such a long name, and the cost of a comparison is the product of both lengths.
    if name.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let (distance, candidate) = known.map(|candidate| (edit_distance(name, candidate), candidate)).min()?;
    (distance <= 1 + candidate.len() / 4).then_some(candidate)
}

/// The Levenshtein distance of two texts.
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
