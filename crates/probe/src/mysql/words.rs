//! Splits statements that MySQL returns (`SHOW GRANTS`, `SHOW CREATE USER`) into words, quoted texts and symbols.
//!
//! It knows quotes and not the grammar; any text is parsed without an error.

/// One part of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum StatementPart {
    /// A bare word or number: `GRANT`.
    Word(String),
    /// A name or text in quotes, without them: `` `is\_identity` ``.
    Quoted(String),
    /// Any other character but blanks: `,`, `(`, `@`, `.`, `*`.
    Symbol(char),
}

impl StatementPart {
    /// Whether it is this word, ignoring case.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }
}

/// The parts of `text`.
pub(crate) fn parts(text: &str) -> Vec<StatementPart> {
    let mut parts = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            quote @ ('`' | '"' | '\'') => {
                let mut quoted = String::new();
                while let Some(letter) = letters.next() {
                    match letter {
                        // A quote inside is doubled.
                        _ if letter == quote => match letters.next_if_eq(&quote) {
                            Some(_) => quoted.push(quote),
                            None => break,
                        },
                        // In a text, not in a name, a backslash escapes the next letter.
                        '\\' if quote == '\'' => quoted.extend(letters.next()),
                        _ => quoted.push(letter),
                    }
                }
                parts.push(StatementPart::Quoted(quoted));
            }
            letter if is_of_word(letter) => {
                let mut word = String::from(letter);
                while let Some(letter) = letters.next_if(|letter| is_of_word(*letter)) {
                    word.push(letter);
                }
                parts.push(StatementPart::Word(word));
            }
            letter if letter.is_whitespace() => {}
            letter => parts.push(StatementPart::Symbol(letter)),
        }
    }
    parts
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quoted_texts_are_one_part() {
        let read = parts("ON `a``b`.* 'it''s \\'x' \"q\"");
        let quoted = |text: &str| StatementPart::Quoted(text.to_owned());
        let [dot, star] = ['.', '*'].map(StatementPart::Symbol);
        assert_eq!(read, [StatementPart::Word("ON".into()), quoted("a`b"), dot, star, quoted("it's 'x"), quoted("q")]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let _ = parts(&text);
        }

        #[test]
        fn a_quoted_name_comes_back(name in "[^\\x00]*") {
            let text = format!("`{}`", name.replace('`', "``"));
            prop_assert_eq!(parts(&text), vec![StatementPart::Quoted(name)]);
        }
    }
}
