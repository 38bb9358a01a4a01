//! Names in the descriptions of a subschema (RFC 4512, 4.1): `( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )`.

/// The names in the description of an attribute type or object class; none if it has none or is not a description. Each letter
/// is read once.
pub(crate) fn names(description: &str) -> impl Iterator<Item = &str> {
    // Quoted texts stand between the odd and the even quotes; a backslash writes a quote as \27, so none is within them.
    let mut parts = description.split('\'').enumerate();
    let mut is_list = false;
    let mut is_named = false;
    std::iter::from_fn(move || {
        loop {
            let (at, part) = parts.next()?;
            if at % 2 == 1 {
                if is_named {
                    return Some(part);
                }
                continue;
            }
            let mut words = part.split_ascii_whitespace().rev();
            (is_named, is_list) = match (words.next(), words.next()) {
                (Some("NAME"), _) => (true, false),
                (Some("("), Some("NAME")) => (true, true),
                // Between two names of a list stands nothing but blanks.
                (None, _) => (is_named && is_list, is_list),
                _ => (false, false),
            };
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(description: &str) -> Vec<&str> {
        names(description).collect()
    }

    #[test]
    fn names_are_read_and_nothing_else() {
        let name = "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: common name' SUP name )";
        assert_eq!(found(name), ["cn", "commonName"]);
        assert_eq!(
            found("( 1.3.6.1.1.16.4 NAME 'entryUUID' DESC 'UUID NAME of ( ' EQUALITY UUIDMatch )"),
            ["entryUUID"]
        );
        assert_eq!(found("( 1.2 NAME('a''b') DESC 'c' )"), [] as [&str; 0], "RFC 4512 wants blanks");
        assert_eq!(found("( 1.2 DESC 'NAME' X-ORIGIN ( 'a' 'b' ) )"), [] as [&str; 0]);
        assert_eq!(found("( 1.2 NAME 'a' DESC 'b' NAME 'c"), ["a", "c"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,300}|[NAME(') ]{0,60}") {
            prop_assert!(names(&text).all(|name| text.contains(name)));
        }

        #[test]
        fn the_names_of_a_description_are_its_own(list in proptest::collection::vec("[a-zA-Z][a-zA-Z0-9;-]{0,12}", 1..5), text in "[a-z ()A-Z]{0,20}") {
            let quoted: Vec<String> = list.iter().map(|name| format!("'{name}'")).collect();
            let many = format!("( 1.2.3 NAME ( {} ) DESC '{text}' SUP x )", quoted.join(" "));
            prop_assert_eq!(found(&many), list.iter().map(String::as_str).collect::<Vec<_>>());
            let one = format!("( 1.2.3 NAME '{}' DESC '{text}' )", list[0]);
            prop_assert_eq!(found(&one), [list[0].as_str()]);
        }
    }
}
