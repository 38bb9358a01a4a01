//! The super admin's password reaches both of its readers: user-mgt.xml and RecoveryEndpointConfig.properties. A Java
//! program reads the files that IS's mapper writes from deployment.toml, with the calls that IS uses; the mapper copies
//! values unchanged.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use domain::secret::Secret;
use domain::value::SettingType as _;
use domain::values::AdminPassword;

use crate::deployment::flat;
use crate::scenario::scenario;
use crate::world::{Unpacked, has};

/// Each is accepted; in a reported case they were read as another value, or IS did not start.
const PASSWORDS: [&str; 13] = [
    "Adm1n!back\\slash",
    "Adm1n!Ümlaut-x",
    "Adm1n!end-of-x\\",
    "Adm1n!u\\u0041xx",
    "Adm1n!x\\users",
    "Ab1&\\xé!9zz",
    "Ab1&amp;<x>!9zz",
    "#Ab1!=:9zz9",
    "!Ab1=:#9zz9",
    "Ab1!\"'`;|9zz",
    "Ab1!€ß日本語9z",
    "Ab1!\u{1f600}9zzzz",
    "Ab1!%{}[]9zz",
];

const READER: &str = r#"
import java.io.*;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;

public class Reader {
    public static void main(String[] a) throws Exception {
        Properties properties = new Properties();
        try (InputStream in = new FileInputStream(a[0])) { properties.load(in); }
        var passwords = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File(a[1])).getElementsByTagName("Password");
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (int i = 0; i < passwords.getLength(); i++) {
            out.println(properties.getProperty("password" + i));
            out.println(passwords.item(i).getTextContent());
        }
    }
}
"#;

#[test]
fn java_reads_the_password_that_was_entered_from_both_files() {
    if !has("java") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut properties, mut xml) = (String::new(), "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Users>".to_owned());
    for (number, password) in PASSWORDS.into_iter().enumerate() {
        assert!(AdminPassword::take(&Secret::new(password)).is_ok(), "{password} is refused");
        let mut scenario = scenario("three-nodes-7.2");
        scenario.secret("user_store.admin_password", password);
        let file = flat(Unpacked::of(&scenario).text("nodes/is-1/repository/conf/deployment.toml"));
        let value = |key: &str| file[key].as_str().unwrap().to_owned();
        let _ = writeln!(properties, "password{number}={}", value("identity.auth_framework.endpoint.password"));
        let _ = write!(xml, "<Password>{}</Password>", value("super_admin.password"));
    }
    xml.push_str("</Users>");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("Reader.java"), READER).unwrap();
    fs::write(path("recovery.properties"), properties).unwrap();
    fs::write(path("user-mgt.xml"), xml).unwrap();
    let ran = Command::new("java")
        .args([path("Reader.java"), path("recovery.properties"), path("user-mgt.xml")])
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let expected: String =
        PASSWORDS.into_iter().flat_map(|password| [password; 2]).fold(String::new(), |all, line| all + line + "\n");
    assert_eq!(said, expected, "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn the_pages_of_5_10_read_no_password_from_a_file() {
    for scenario in crate::scenario::SCENARIOS.iter() {
        let bundle = Unpacked::of(scenario);
        let version = scenario.draft.text("product.version");
        for (path, text) in bundle.ending("deployment.toml") {
            let has_it = flat(text).contains_key("identity.auth_framework.endpoint.password");
            assert_eq!(has_it, version != "5.10.0", "{} {path}", scenario.name);
        }
    }
}
