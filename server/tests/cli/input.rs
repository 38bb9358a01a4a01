//! Arguments, and the files that they name: every problem is reported at once, with its place and reason.

use testbed::plan::{ADMIN_PASSWORD, DATABASE_PASSWORD};

use crate::support::{SECRETS, World};

#[test]
fn the_version_is_the_crates() {
    let ran = World::new().run(&["--version"], &[]).expect(0);
    assert_eq!(ran.stdout, format!("clusterwright {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_help_names_every_command() {
    let ran = World::new().run(&["--help"], &[]).expect(0);
    for command in ["serve", "bundle", "check", "plan"] {
        assert!(ran.stdout.contains(command), "{}", ran.stdout);
    }
}

#[test]
fn unknown_arguments_are_reported_with_the_next_step() {
    let world = World::with_example();
    for arguments in [
        &["bundel"] as &[&str],
        &["bundle", "plan.toml"],
        &["check"],
        &["check", "plan.toml", "--only", "DB-99"],
        &["plan"],
        &["serve", "--prot", "3000"],
    ] {
        let ran = world.run(arguments, &[]).expect(2);
        assert!(ran.stderr.contains("--help") || ran.stderr.contains("Usage"), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    let ran = world.run(&["check", "plan.toml", "--only", "DB-99"], &[]).expect(2);
    ran.complains(&["DB-99"]);
}

#[test]
fn a_plan_that_cannot_be_read_shows_every_problem_with_its_line() {
    let world = World::new();
    let plan =
        "format = 1\n[product]\nverison = \"7.2.0\"\n[database]\nport = true\nhost = [\"a\"]\n[surprise]\nx = 1\n";
    world.write("plan.toml", plan);
    for command in [&["check", "plan.toml"] as &[&str], &["bundle", "plan.toml", "--out", "out.zip"]] {
        let ran = world.run(command, &[]).expect(2);
        ran.complains(&["plan.toml:3:", "verison", "version"]);
        ran.complains(&["plan.toml:5:", "database.port"]);
        ran.complains(&["plan.toml:6:", "database.host"]);
        ran.complains(&["plan.toml:7:", "surprise"]);
        ran.complains(&["plan.toml:", "[clustering] is missing"]);
        assert!(ran.stderr.lines().all(|line| line.starts_with("plan.toml:")), "{}", ran.stderr);
        assert_eq!((ran.stdout.as_str(), world.names()), ("", vec!["plan.toml".to_owned()]));
    }
}

#[test]
fn text_that_is_no_toml_is_reported_with_its_line() {
    let world = World::new();
    world.write("plan.toml", "format = 1\n\n[product\nversion = \"7.2.0\"\n");
    world.run(&["check", "plan.toml"], &[]).expect(2).complains(&["plan.toml:3:"]);
}

#[test]
fn a_future_format_asks_for_an_update() {
    let world = World::with_example();
    world.replace("plan.toml", "format = 1", "format = 2");
    let place = format!("plan.toml:{}:", world.line("plan.toml", "format = 2"));
    world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(2).complains(&[
        &place,
        "newer",
        "Update Clusterwright",
    ]);
}

#[test]
fn files_that_are_no_plans_are_reported_with_what_is_wanted() {
    let world = World::new();
    world.write("half.zip", b"PK\x03\x04nonsense");
    world.write("noise", b"\xff\xfe\x00\x01");
    world.write("empty", "");
    let cases: [(&str, &[&str]); 5] = [
        ("half.zip", &["half.zip", "an unchanged bundle of Clusterwright"]),
        ("noise", &["noise", "neither text nor a zip"]),
        ("empty", &["empty:"]),
        ("missing.toml", &["Cannot read missing.toml", "Give a plan file"]),
        (".", &["Cannot read .", "Give a plan file"]),
    ];
    for (name, parts) in cases {
        for command in [&["check", name] as &[&str], &["bundle", name, "--out", "out.zip"]] {
            world.run(command, &[]).expect(2).complains(parts);
        }
    }
    assert_eq!(world.names(), ["empty", "half.zip", "noise"]);
}

#[test]
fn secrets_come_from_values_variables_and_files() {
    let world = World::with_example();
    std::fs::create_dir(world.path("plans")).unwrap();
    std::fs::rename(world.path("plan.toml"), world.path("plans/plan.toml")).unwrap();
    // The path is relative to the folder of the plan; an editor has written the line break at the end.
    world.write("plans/admin.txt", format!("{ADMIN_PASSWORD}\r\n"));
    world.replace("plans/plan.toml", "{ env = \"CLUSTERWRIGHT_ADMIN_PASSWORD\" }", "{ file = \"admin.txt\" }");
    world.replace("plans/plan.toml", "{ env = \"CLUSTERWRIGHT_DB_PASSWORD\" }", &format!("\"{DATABASE_PASSWORD}\""));
    world.run(&["bundle", "plans/plan.toml", "--out", "out.zip", "--keys", "ring"], &[]).expect(0);
    let from_files = std::fs::read(world.path("out.zip")).unwrap();

    let other = World::with_example();
    std::fs::copy(world.path("ring"), other.path("ring")).unwrap();
    other.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "ring"], &SECRETS).expect(0);
    assert_eq!(from_files, std::fs::read(other.path("out.zip")).unwrap(), "the source of a secret changes nothing");
}

#[test]
fn a_missing_secrets_file_is_reported_with_its_line() {
    let world = World::with_example();
    world.replace("plan.toml", "{ env = \"CLUSTERWRIGHT_DB_PASSWORD\" }", "{ file = \"none.txt\" }");
    let place = format!("plan.toml:{}:", world.line("plan.toml", "none.txt"));
    let ran = world.run(&["check", "plan.toml", "--only", "DB-39"], &SECRETS).expect(2);
    ran.complains(&[&place, "Cannot read the file none.txt", "Correct the path"]);
}

#[test]
fn a_variable_that_the_plan_names_and_that_is_not_set_is_named() {
    let world = World::with_example();
    let place = format!("plan.toml:{}:", world.line("plan.toml", "CLUSTERWRIGHT_DB_PASSWORD"));
    let unset = [place.as_str(), "CLUSTERWRIGHT_DB_PASSWORD is not set", "database.password is missing"];
    let only_admin = &SECRETS[1..];
    world.run(&["bundle", "plan.toml", "--out", "out.zip"], only_admin).expect(1).complains(&unset);
    world.run(&["check", "plan.toml", "--only", "DB-39"], only_admin).complains(&unset);
    world.run(&["databases", "plan.toml", "--scripts", "."], only_admin).complains(&unset);

    // A secret from --secrets is not reported as missing, and a problem in that file is reported with its name.
    world.write("secrets.toml", format!("[database]\npassword = \"{DATABASE_PASSWORD}\"\n"));
    let given = ["bundle", "plan.toml", "--out", "out.zip", "--secrets", "secrets.toml"];
    let ran = world.run(&given, only_admin).expect(0);
    assert!(!ran.stderr.contains("is not set"), "{}", ran.stderr);
    world.write("secrets.toml", "[database]\npassword = { env = \"ELSEWHERE\" }\n");
    world.run(&given, only_admin).expect(2).complains(&["secrets.toml:", "ELSEWHERE is not set", "database.password"]);
}
