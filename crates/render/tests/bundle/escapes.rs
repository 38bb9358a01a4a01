//! Any accepted value reaches the reader of a file unchanged; secrets never reach what may be displayed.

use domain::error_text::error_chain;
use domain::secret::Secret;
use proptest::prelude::*;
use render::{Bundle, MASK, preview};

use crate::deployment::flat;
use crate::scenario::{SCENARIOS, Scenario, scenario};
use crate::world::{Unpacked, reveal, ring};

/// The value that an XML parser reads from an element into which IS's mapper copied a value.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn plan_or_reject(scenario: &Scenario) -> Result<domain::render_plan::RenderPlan, TestCaseError> {
    scenario.try_plan().map_err(|_| TestCaseError::reject("the settings refuse it"))
}

/// Reads SQL's string literal that begins `text`, as both servers do without NO_BACKSLASH_ESCAPES.
fn sql_literal(text: &str) -> String {
    let mut value = String::new();
    let mut letters = text.strip_prefix('\'').unwrap().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.push(letters.next().unwrap()),
            '\'' if letters.peek() == Some(&'\'') => value.push(letters.next().unwrap()),
            '\'' => return value,
            _ => value.push(letter),
        }
    }
    panic!("the literal does not end");
}

/// Characters with a meaning in one of the syntaxes, and others of all lengths.
const HOSTILE: &str = "[ '\"\\\\$&<>#%`;{}()\\[\\]|*?!~=:@,.a-z0-9A-Zé€ß日😀-]{1,40}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn passwords_reach_deployment_toml_and_sql(database in HOSTILE, bind in HOSTILE, aws in HOSTILE) {
        let mut scenario = scenario("read-only-ldap-aws-6.1");
        scenario.secret("database.password", &database);
        scenario.secret("user_store.connection_password", &bind);
        scenario.secret("clustering.aws_secret_key", &aws);
        plan_or_reject(&scenario)?;
        let bundle = Unpacked::of(&scenario);
        let keys = flat(bundle.ending("deployment.toml").next().unwrap().1);
        for (key, value) in [
            ("database.identity_db.password", &database),
            ("user_store.connection_password", &bind),
            ("clustering.properties.secretKey", &aws),
        ] {
            prop_assert_eq!(&unescaped(keys[key].as_str().unwrap()), value);
        }
        let grants = bundle.text("database/grants.sql");
        let (_, literal) = grants.split_once("IDENTIFIED BY ").unwrap();
        prop_assert_eq!(sql_literal(literal), database);
    }

    #[test]
    fn free_texts_reach_deployment_toml(tag in HOSTILE, name in "[a-zA-Z '\"\\\\&<>#é]{1,20}") {
        let name = format!("cn={name},dc=example");
        let scenario = scenario("read-only-ldap-aws-6.1")
            .with("clustering.aws_tag_value", &tag)
            .with("user_store.connection_name", &name);
        plan_or_reject(&scenario)?;
        let bundle = Unpacked::of(&scenario);
        let keys = flat(bundle.ending("deployment.toml").next().unwrap().1);
        let text = |key: &str| unescaped(keys[key].as_str().unwrap());
        prop_assert_eq!(text("clustering.properties.tagValue"), tag.trim());
        prop_assert_eq!(text("user_store.connection_name"), name.trim());
    }

    /// Titles are not validated: they must not break a file, nor begin a heading, table or tag.
    #[test]
    fn any_title_stays_one_line_of_the_readme(title in "\\PC{0,60}|[\\x00-\\x7f]{0,40}") {
        let mut scenario = scenario("one-machine-5.11");
        scenario.draft.title = title;
        let bundle = Unpacked::of(&scenario);
        let readme = bundle.text("README.md");
        prop_assert!(readme.lines().nth(2).unwrap().starts_with("WSO2 Identity Server 5.11.0"), "{}", readme);
        let heading = readme.lines().next().unwrap().replace("\\<", "").replace("\\`", "").replace("\\[", "");
        prop_assert!(!heading.contains(['<', '`', '[']), "{}", heading);
    }

    #[test]
    fn hosts_and_names_reach_every_reader(
        host in "[a-z]{1,8}(-[a-z0-9]{1,5})?(\\.[a-z]{2,8}){0,2}", database in "[a-zA-Z][a-zA-Z0-9_-]{0,30}", from in "[a-z0-9.:_%/-]{1,20}",
    ) {
        let scenario = scenario("three-nodes-7.2")
            .with("database.host", &host).with("database.shared_db", &database).with("database.account_host", &from);
        plan_or_reject(&scenario)?;
        let bundle = Unpacked::of(&scenario);
        let keys = flat(bundle.ending("deployment.toml").next().unwrap().1);
        let url = unescaped(keys["database.shared_db.url"].as_str().unwrap());
        let begin = format!("jdbc:mysql://{host}:3306/{database}?");
        prop_assert!(url.starts_with(&begin), "{}", url);
        let load = bundle.text("database/load.sh");
        let (line, row) = (format!("\nhost='{host}'\n"), format!("\n{database} mysql.sql\n"));
        prop_assert!(load.contains(&line) && load.contains(&row));
        let account = format!("'wso2is'@'{from}'");
        prop_assert!(bundle.text("database/grants.sql").contains(&account));
    }
}

/// A shell reads the text that was quoted for it.
#[test]
fn a_shell_reads_its_values_back() {
    let scenario = scenario("hostile-7.3");
    for (path, text) in Unpacked::of(&scenario).ending("start.sh") {
        let head: String = text
            .lines()
            .filter(|line| line.starts_with("home=") || line.starts_with("address="))
            .collect::<Vec<_>>()
            .join("\n");
        let script = format!("{head}\nprintf '%s|%s' \"$home\" \"$address\"");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with("/opt/wso2is-7.3.0|10.20.0.1") && said.ends_with(":9443"), "{path}: {said}");
    }
}

#[test]
fn a_preview_shows_every_file_and_no_secret() {
    for scenario in SCENARIOS.iter() {
        let plan = scenario.plan();
        let shown = preview(&plan).unwrap();
        let bundle = Unpacked::of(scenario);
        let paths: Vec<&String> = shown.iter().map(|artefact| &artefact.path).collect();
        assert_eq!(paths, bundle.0.keys().collect::<Vec<_>>(), "{}", scenario.name);
        let json = serde_json::to_string(&shown).unwrap();
        let made = [ring(1).keystore_password(), ring(1).app_password(), ring(1).encryption_key()];
        for secret in scenario.secrets.iter().map(|(_, secret)| secret).chain(&made).map(reveal) {
            let first = secret.lines().next().unwrap();
            let as_json = serde_json::to_string(first).unwrap();
            assert!(!json.contains(as_json.trim_matches('"')) || secret.contains("BEGIN"), "{}", scenario.name);
        }
        assert!(!json.contains("PRIVATE KEY") && json.contains(MASK));
        // Except for the secrets, the preview equals the zip.
        for artefact in &shown {
            let Some(text) = &artefact.content.0 else { continue };
            let real = bundle.text(&artefact.path);
            // The expiry of certificates is known only with the keys.
            let [real, text] =
                [real, text].map(|text| text.split("## Keys and certificates").next().unwrap_or_default());
            let parts: Vec<&str> = text.split(MASK).collect();
            assert!(real.starts_with(parts[0]) && real.ends_with(parts[parts.len() - 1]), "{}", artefact.path);
            assert_eq!(real.lines().count(), text.lines().count(), "{}", artefact.path);
        }
    }
}

/// A title cannot name a secret: the markers that templates use are removed from free text.
#[test]
fn only_a_template_can_name_a_secret() {
    let mut scenario = scenario("one-machine-5.11");
    scenario.draft.title = "a \u{e000}database_password\u{e001} b".to_owned();
    scenario
        .draft
        .accepted
        .insert("DB-12".to_owned(), domain::draft::Acceptance::with_reason("\u{e000}admin_password\u{e001}"));
    let bundle = Unpacked::of(&scenario);
    let readme = bundle.text("README.md");
    assert!(readme.starts_with("# a database_password b\n"), "{readme}");
    for (_, secret) in scenario.secrets.iter() {
        assert!(!readme.contains(&reveal(secret)));
    }
}

/// Only what every file can represent is written; the error names the secret, never its value.
#[test]
fn a_secret_no_file_can_carry_is_refused_by_name() {
    let mut scenario = scenario("one-machine-5.11");
    let plan = scenario.plan();
    scenario.secrets.insert("database.password", Secret::new("can\nary"));
    let error = Bundle::build(&plan, &ring(1), &scenario.secrets).err().unwrap();
    let told = format!("{} {error:?}", error_chain(&error));
    assert!(told.contains("database_password") && told.contains("grants.sql") && !told.contains("ary"), "{told}");
}
