use clap::{Args as _, Command, FromArgMatches as _};

use super::*;

fn flags(arguments: &[&str]) -> Flags {
    let command = Flags::augment_args(Command::new("serve").no_binary_name(true));
    Flags::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
}

fn read(text: &str) -> Result<Configuration, ConfigurationProblems> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, text).unwrap();
    Configuration::read(&flags(&["--data-dir", "/d", "--config", file.to_str().unwrap()]), None)
}

/// The one problem of a configuration.
#[track_caller]
fn problem(text: &str) -> String {
    let problems = read(text).unwrap_err().0;
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn defaults_and_flags() {
    let plain = Configuration::read(&Flags::default(), Some("/d".into())).unwrap();
    assert_eq!((plain.address().to_string().as_str(), plain.data_dir.clone()), ("127.0.0.1:3000", PathBuf::from("/d")));
    assert!(!plain.access.needs_login() && plain.access.tls == Tls::Off && plain.prefix.is_empty());
    let flags = flags(&["--port", "0", "--data-dir", "/e", "--listen", "::1"]);
    let flagged = Configuration::read(&flags, Some("/d".into())).unwrap();
    assert_eq!((flagged.address().to_string().as_str(), flagged.data_dir), ("[::1]:0", PathBuf::from("/e")));
}

#[test]
fn networks_that_may_be_dialled() {
    let allowed = read("dial_allow = [\"10.20.0.0/16\"]\n").unwrap().dial_allow;
    assert!(allowed.pin("10.20.0.5".parse().unwrap(), 3306).is_ok());
    assert!(allowed.pin("10.21.0.5".parse().unwrap(), 3306).is_err());
    assert_eq!(read("").unwrap().dial_allow, AllowedNetworks::default());
    assert!(problem("dial_allow = [\"db.example.com\"]\n").contains("db.example.com"));
}

#[test]
fn all_mistakes_come_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "prot = 1\nallowed_hosts = 5\ntrusted_proxies = [\"nginx\"]\nprefix = \"/a b\"\n").unwrap();
    let flags = flags(&["--port", "70000", "--listen", "all", "--config", file.to_str().unwrap()]);
    let problems = Configuration::read(&flags, None).unwrap_err().0;
    assert_eq!(problems.len(), 7, "{problems:?}");
    assert!(problems[0].ends_with("c.toml:1 contains the unknown key prot. Did you mean port?"), "{problems:?}");
    for (start, part) in [
        ("port (from --port) is", "0 to 65535"),
        ("listen (from --listen) is", "an IP address"),
        ("allowed_hosts (from ", "c.toml:2) is not a list of strings"),
        ("trusted_proxies (from ", "c.toml:3): \"nginx\""),
        ("prefix (from ", "c.toml:4): \"/a b\""),
        ("No home folder", "--data-dir"),
    ] {
        assert!(
            problems.iter().any(|problem| problem.starts_with(start) && problem.contains(part)),
            "{start}: {problems:?}"
        );
    }
}

#[test]
fn whatever_is_wider_than_this_machine_asks_for_a_login() {
    for text in [
        "listen = \"0.0.0.0\"",
        "listen = \"::\"",
        "listen = \"10.0.0.5\"",
        "allowed_hosts = [\"wizard.internal\"]",
        "trusted_proxies = [\"127.0.0.1\"]",
        "access_token = \"0123456789012345678901\"",
    ] {
        assert!(read(text).unwrap().access.needs_login(), "{text}");
    }
    for text in ["", "listen = \"127.0.0.2\"", "listen = \"::1\"", "tls = \"on\"", "prefix = \"/cw\""] {
        assert!(!read(text).unwrap().access.needs_login(), "{text}");
    }
}

#[test]
fn whatever_others_reach_is_encrypted_by_us_or_by_a_proxy_that_is_named() {
    let tls = |text: &str| read(text).unwrap().access.tls;
    assert_eq!(tls("listen = \"0.0.0.0\""), Tls::SelfMade);
    assert_eq!(tls("tls = \"on\""), Tls::SelfMade);
    assert_eq!(tls("listen = \"0.0.0.0\"\ntls = \"off\"\ntrusted_proxies = [\"10.0.0.1\"]"), Tls::Off);
    let given = Tls::Given { certificate: "c.pem".into(), key: "k.pem".into() };
    assert_eq!(tls("tls_certificate = \"c.pem\"\ntls_key = \"k.pem\""), given);
    assert!(problem("listen = \"0.0.0.0\"\ntls = \"off\"").contains("trusted_proxies"));
    assert!(problem("tls_certificate = \"c.pem\"").contains("tls_key"));
    assert!(problem("tls_key = \"k.pem\"").contains("tls_certificate"));
    assert!(problem("tls = \"off\"\ntls_certificate = \"c.pem\"\ntls_key = \"k.pem\"").contains("Remove tls"));
    assert!(problem("tls = \"maybe\"").contains("auto, on, off"));
}

#[test]
fn a_token_is_long_and_never_shown() {
    for (text, key) in [
        ("access_token = \"too-short-canary\"", "access_token"),
        ("metrics_token = \"too short canary with blanks in it\"", "metrics_token"),
        ("access_token = \"canary456789012345678901\"\naccess_token_file = \"f\"", "access_token"),
        ("access_token_file = \"/nowhere/at/all\"", "access_token_file"),
    ] {
        let problem = problem(text);
        assert!(problem.starts_with(key) && !problem.contains("canary"), "{problem}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "canary4567890123456789012\n").unwrap();
    let configuration = read(&format!("access_token_file = {:?}", file.display().to_string())).unwrap();
    assert!(configuration.access.token.is_some());
    assert!(!format!("{configuration:?}").contains("canary"));
    assert!(!read("access_token = canary").unwrap_err().to_string().contains("canary"));
}

#[test]
fn names_and_prefixes_are_normal_or_refused() {
    for (text, host) in [("Wizard.Internal", "wizard.internal"), ("10.0.0.5", "10.0.0.5"), ("[FD12::5]", "[fd12::5]")] {
        assert_eq!(access::host(text).as_deref(), Ok(host));
    }
    for text in
        ["", "https://wizard.internal", "wizard.internal:3000", "wizard.internal.", "u@wizard", "a b", "[x]", "*"]
    {
        assert!(access::host(text).is_err(), "{text}");
    }
    for (text, prefix) in [("", ""), ("/", ""), ("cw", "/cw"), ("/cw/", "/cw"), ("/tools/cw", "/tools/cw")] {
        assert_eq!(access::prefix(text).as_deref(), Ok(prefix));
    }
    for text in ["/a//b", "/..", "/a/../b", "/a b", "/a?b", "/{plan}", "/ä", "https://x/y", "/a%2fb"] {
        assert!(access::prefix(text).is_err(), "{text}");
    }
}

#[test]
fn the_store_is_the_file_in_the_data_folder_unless_another_is_named() {
    assert_eq!(read("").unwrap().store.to_string(), "SQLite file /d/clusterwright.db");
    let configuration = read("store = \"mysql://cw@db/plans\"\nstore_password = \"canary\"\n").unwrap();
    assert_eq!(configuration.store.to_string(), "MySQL database plans at db:3306");
    assert!(!format!("{configuration:?}").contains("canary"));
    let problem = problem("store = \"mysql://cw:canary@db\"\n");
    assert!(problem.contains("contains no database") && !problem.contains("canary"), "{problem}");
}

#[test]
fn files_with_secrets_that_others_may_read_are_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        file
    };
    let token = write("token", "canary456789012345678901\n", 0o640);
    let warnings = |text: &str, mode: u32| {
        let flags = flags(&["--config", write("c.toml", text, mode).to_str().unwrap()]);
        Configuration::read(&flags, Some(folder.path().to_owned())).unwrap().warnings
    };
    assert_eq!(warnings("port = 3000", 0o644), [""; 0], "no secret is in it");
    let secret = "access_token = \"canary456789012345678901\"";
    assert_eq!(warnings(secret, 0o600), [""; 0]);
    for text in [secret, "store = \"mysql://u:canary@h/d\"", "metrics_token = \"canary456789012345678901\""] {
        let reported = warnings(text, 0o644);
        assert!(
            reported.len() == 1 && reported[0].contains("c.toml") && reported[0].contains("chmod 600"),
            "{reported:?}"
        );
        assert!(!reported[0].contains("canary"), "{reported:?}");
    }
    let reported = warnings(&format!("access_token_file = {:?}", token.display().to_string()), 0o644);
    assert!(reported.len() == 1 && reported[0].contains("mode 0640"), "{reported:?}");
}

#[test]
fn unknown_keys_are_named_with_their_line_and_a_similar_key() {
    let problems = read("\nacces_token = \"canary\"\n\n[server]\nport = 1\n").unwrap_err().0;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].ends_with("c.toml:2 contains the unknown key acces_token. Did you mean access_token?"));
    assert!(
        problems[1].contains("c.toml:4 contains the unknown key server. Use one of port, listen, "),
        "{problems:?}"
    );
    assert!(!format!("{problems:?}").contains("canary"));
    let unreadable = problem("port = 1\naccess_token = canary\n");
    assert!(unreadable.contains("c.toml:2 is not TOML") && !unreadable.contains("canary"), "{unreadable}");
}

#[test]
fn a_value_of_another_form_is_not_repeated() {
    for text in ["access_token = [\"canary\"]", "store_password = { canary = 1 }", "port = 99999999999999999999"] {
        let problem = problem(text);
        assert!(problem.contains("c.toml:1) is not ") && !problem.contains("canary"), "{problem}");
    }
}

#[test]
fn a_list_of_the_command_line_has_commas_or_the_form_of_the_file() {
    for text in ["10.0.0.1,10.0.0.2", " 10.0.0.1 , 10.0.0.2 ", "[\"10.0.0.1\", '10.0.0.2']", "[10.0.0.1,10.0.0.2]"] {
        let flags = flags(&["--trusted-proxies", text, "--data-dir", "/d"]);
        let proxies = Configuration::read(&flags, None).unwrap().access.trusted_proxies;
        assert_eq!(proxies, Networks(vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]), "{text}");
    }
}
