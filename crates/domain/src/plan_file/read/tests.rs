//! Accepted plan files and all kinds of problems.

use super::*;

const WHOLE: &str = "format = 1\n[product]\n[database]\n[user_store]\n[clustering]\n[load_balancer]\n";

fn problems(text: &str) -> Vec<String> {
    read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn all_problems_come_at_once_with_their_lines() {
    let text = "format = 1\n[product]\nverison = \"7.2.0\"\n[database]\nport = \"3306\"\nhost = 5\n[databas]\n[clustering]\nnodes = 3\n[load_balancer]\nversion = 1.22\n";
    assert_eq!(
        problems(text),
        [
            "line 3: [product] has no setting verison. Did you mean version?",
            "line 5: database.port is a text. Write a whole number without quotes.",
            "line 6: database.host is a whole number. Write a text in quotes.",
            "line 7: The table databas does not exist. Did you mean database?",
            "line 9: clustering.nodes is not a list of tables. Write [[clustering.nodes]] before each node.",
            "line 11: The table [user_store] is missing. Add it, even if it is empty.",
            "line 11: load_balancer.version is a decimal number. Write a text in quotes.",
        ]
    );
}

#[test]
fn a_future_format_and_broken_toml_are_named() {
    assert!(problems(&WHOLE.replace("format = 1", "format = 2"))[0].contains("newer than this program"));
    assert!(problems("format = 1\n[product\n")[0].starts_with("line 2: This is not TOML"));
    assert!(problems("")[0].contains("format = 1"));
}

#[test]
fn secrets_come_as_values_or_references() {
    let text = WHOLE
        .replace("[database]", "[database]\npassword = { env = \"DB\" }")
        .replace("[user_store]", "[user_store]\nadmin_password = \"canary-1\"");
    let file = read(&text).unwrap();
    assert!(matches!(&file.secrets[0], ("database.password", SecretSource::Environment(name)) if name == "DB"));
    assert!(!format!("{file:?}").contains("canary"));
    assert!(file.draft.answers.is_empty());
}

/// Inputs that once froze the server: many unknown names, many lines before them, many nodes, long names.
#[test]
fn a_megabyte_of_hostile_text_is_read_in_linear_work() {
    let fill = |head: &str, line: &dyn Fn(usize) -> String| {
        let mut text = head.to_owned();
        for number in 0.. {
            let line = line(number);
            if text.len() + line.len() > MAX_PLAN_BYTES {
                return text;
            }
            text.push_str(&line);
        }
        text
    };
    let comment = "#".repeat(900_000) + "\n";
    let unknown = |number: usize| format!("k{number} = 1\n");
    for text in [
        fill("format = 1\n", &unknown),
        fill(&format!("format = 1\n{comment}"), &unknown),
        fill("format = 1\n[database]\n", &unknown),
        fill("format = 1\n[accepted]\n", &unknown),
        fill("format = 1\n", &|_| "[[clustering.nodes]]\nhost = \"10.0.0.1\"\n".to_owned()),
        fill("format = 1\nclustering.nodes = [", &|_| "{host=\"a\"},".to_owned()) + "]",
        fill("format = 1\n", &|number| format!("{}{number} = 1\n", "k".repeat(60))),
        format!("format = 1\n{} = 1\n", "k".repeat(1_000_000)),
        fill("format = 1\n", &|number| format!("[t{number}]\n")),
        fill("format = 1\nproduct = [", &|_| "[".to_owned()),
        fill("format = 1\n", &|_| "a.".to_owned()),
        fill(WHOLE, &|_| "\n".to_owned()),
    ] {
        let (read, steps) = read_counted(&text);
        let problems = read.err().unwrap_or_default();
        assert!(problems.len() <= super::super::MAX_PROBLEMS + 1, "{}", problems.len());
        assert!(steps <= text.len(), "{steps} steps for {} bytes of {:.60}", text.len(), text);
        assert!(problems.iter().all(|problem| problem.message.len() < 400), "{problems:?}");
    }
    let (read, steps) = read_counted(&"x".repeat(MAX_PLAN_BYTES + 1));
    assert_eq!((read.unwrap_err().len(), steps), (1, 0));
}

#[test]
fn what_earlier_versions_wrote_is_read() {
    let with = |value: &str| WHOLE.replace("[user_store]", &format!("[user_store]\nmanager = \"{value}\""));
    assert!(read(&with("unique-id")).unwrap().draft.answers.is_empty());
    assert!(problems(&with("legacy"))[0].contains("no setting manager"));
}

#[test]
fn problems_end_at_fifty_with_a_note() {
    let text = (0..60).fold("format = 1\n".to_owned(), |text, number| format!("{text}k{number} = 1\n"));
    let problems = problems(&text);
    assert_eq!(problems.len(), 51);
    assert_eq!(problems[50], "The file has more problems than these 50. Correct these first.");
}

#[test]
fn messages_hold_no_control_characters() {
    let evil = "\"\\u001b]0;pwned\\u0007\\u001b[2J\\nOK: everything passed\\u202e\"";
    for text in [
        format!("{WHOLE}[accepted]\n{evil} = 1\n"),
        format!("{evil} = 1\n{WHOLE}"),
        WHOLE.replace("[database]", &format!("[database]\n{evil} = 1")),
        format!("{WHOLE}[{evil}]\n[{evil}]\n"),
    ] {
        for problem in read(&text).unwrap_err() {
            let clean = |letter: char| !letter.is_control() && letter != '\u{202e}';
            assert!(problem.to_string().chars().all(clean), "{problem:?}");
        }
    }
}

#[test]
fn a_file_of_another_kind_is_one_sentence() {
    let found = problems("[server]\nhostname = \"a\"\n[clustering]\nmembership_scheme = \"wka\"\n");
    assert_eq!(
        found,
        ["This is a deployment.toml of WSO2 Identity Server, not a plan. Open the plan.toml or the zip of a bundle."]
    );
}

/// Every .pem that MySQL generates ends with a NUL.
#[test]
fn a_nul_byte_is_cut_and_a_certificate_may_stand_in_a_file() {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n\0";
    let file = read(&WHOLE.replace("[database]", &format!("[database]\nca_certificate = \"\"\"{pem}\"\"\""))).unwrap();
    assert_eq!(file.draft.answers["database.ca_certificate"], pem.trim_end_matches('\0'));
    let file = read(&WHOLE.replace("[database]", "[database]\nca_certificate = { file = \"ca.pem\" }")).unwrap();
    assert!(
        matches!(&file.references[..], [("database.ca_certificate", SecretSource::File(path))] if path == "ca.pem")
    );
    let found = problems(&WHOLE.replace("[database]", "[database]\nca_certificate = 1\nhost = { file = \"x\" }"));
    assert_eq!(
        found[0],
        "line 4: database.ca_certificate is a whole number. Write a text in quotes or { file = \"path\" }."
    );
    assert_eq!(found[1], "line 5: database.host is a table. Write a text in quotes.");
}
