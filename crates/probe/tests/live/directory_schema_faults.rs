//! US-04 against OpenLDAP's own subschema; US-02 if the base DN is a container; US-01 with several servers.

use domain::check::{CheckId, CheckResult, Outcome};
use testbed::ROOT_PASSWORD;

use crate::directory_faults::{ENTRIES, directory, plan};
use crate::support::{Plan, Run, closed_port, wait};

/// What WSO2's own schema adds, as far as the check reads it.
const WSO2_SCHEMA_TERMS: &str = "\
attributetype ( 1.3.6.1.4.1.55555.1 NAME ( 'createdDate' 'created' ) EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.55555.2 NAME 'lastModifiedDate' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.55555.3 NAME 'scimId' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.55555.4 NAME 'identityPerson' SUP inetOrgPerson STRUCTURAL MAY ( createdDate $ lastModifiedDate $ scimId ) )
";
/// The attributes of Active Directory to which SCIM's claims are mapped, and its object class of users.
const ACTIVE_DIRECTORY: &str = "\
attributetype ( 1.3.6.1.4.1.55556.1 NAME 'objectGUID' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 1.3.6.1.4.1.55556.2 NAME 'whenCreated' SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )
attributetype ( 1.3.6.1.4.1.55556.3 NAME 'whenChanged' SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )
objectclass ( 1.3.6.1.4.1.55556.4 NAME 'user' SUP inetOrgPerson STRUCTURAL )
";

fn schema(server: &testbed::DirectoryServer, changes: &[(&str, &str)]) -> Run {
    let mut plan = plan("ldap", "127.0.0.1", server.port());
    changes.iter().for_each(|(key, text)| {
        plan.set(key, text);
    });
    wait(plan.run(&[CheckId::Us04]))
}

/// A plain OpenLDAP has entryUUID and inetOrgPerson, but no attribute to which a pack maps SCIM's times.
#[test]
fn a_plain_directory_lacks_the_times_of_scim() {
    let Some(server) = directory() else { return };
    let run = schema(&server, &[]);
    let result = run.warns_alone(CheckId::Us04, "lacks createdDate and lastModifiedDate");
    assert!(result.remedy.text.contains("modifyTimestamp"), "{result:?}");
    schema(&server, &[("user_store.user_id_attribute", "scimId")])
        .fails_alone(CheckId::Us04, "lacks the attribute scimId");
    let both = [("user_store.user_object_class", "identityPerson"), ("user_store.user_id_attribute", "scimId")];
    schema(&server, &both).fails_alone(CheckId::Us04, "lacks the object class identityPerson and the attribute scimId");
    // Names of attributes are case-insensitive, and have synonyms.
    schema(&server, &[("user_store.user_name_attribute", "USERID")]).warns_alone(CheckId::Us04, "lacks createdDate");
    schema(&server, &[("user_store.user_name_attribute", "sAMAccountName")])
        .fails_alone(CheckId::Us04, "lacks the attribute sAMAccountName");
    // IS creates no user in a directory that it only reads, so the object class does not count.
    let reads = [
        ("user_store.access", "read-only"),
        ("user_store.create_admin", "no"),
        ("user_store.user_object_class", "identityPerson"),
    ];
    schema(&server, &reads).warns_alone(CheckId::Us04, "lacks createdDate");
    let contradiction = [("user_store.access", "read-only")];
    schema(&server, &contradiction).could_not_check(CheckId::Us04, "in a read-only directory");
}

#[test]
fn a_directory_that_was_prepared_passes() {
    let Some(server) = testbed::or_report(testbed::slapd_with(ENTRIES, WSO2_SCHEMA_TERMS)) else { return };
    for (class, id) in [("inetOrgPerson", "entryUUID"), ("identityPerson", "scimId")] {
        let run = schema(&server, &[("user_store.user_object_class", class), ("user_store.user_id_attribute", id)]);
        run.is_healthy();
        let result = run.of(CheckId::Us04);
        assert!(result.current.contains(&format!("{class}, uid, {id} and createdDate")), "{result:?}");
    }
}

#[test]
fn an_active_directory_shows_its_own_attributes() {
    let Some(server) = testbed::or_report(testbed::slapd_with(ENTRIES, ACTIVE_DIRECTORY)) else { return };
    let kind = ("user_store.kind", "active-directory");
    schema(&server, &[kind]).is_healthy();
    let Some(other) = testbed::or_report(testbed::slapd_with(ENTRIES, WSO2_SCHEMA_TERMS)) else { return };
    schema(&other, &[kind]).fails_alone(CheckId::Us04, "lacks the object class user");
    let without_times: String =
        ACTIVE_DIRECTORY.lines().filter(|line| !line.contains("when")).map(|line| format!("{line}\n")).collect();
    let Some(other) = testbed::or_report(testbed::slapd_with(ENTRIES, &without_times)) else { return };
    schema(&other, &[kind])
        .warns_alone(CheckId::Us04, "lacks whenCreated and whenChanged, which every Active Directory has");
}

/// An account other than the administrator may see nothing: that is no fault of the schema.
#[test]
fn a_schema_that_is_hidden_could_not_be_checked() {
    let hidden =
        "access to dn.subtree=\"cn=Subschema\" by * none\naccess to dn.base=\"\" by * none\naccess to * by * read\n";
    let entries = format!(
        "{ENTRIES}\ndn: cn=is,dc=example,dc=com\nobjectClass: person\ncn: is\nsn: is\nuserPassword: {ROOT_PASSWORD}\n"
    );
    let Some(server) = testbed::or_report(testbed::slapd_with(&entries, hidden)) else { return };
    let mut plan = plan("ldap", "127.0.0.1", server.port());
    plan.set("user_store.connection_name", "cn=is,dc=example,dc=com");
    plan.secret("user_store.connection_password", ROOT_PASSWORD);
    wait(plan.run(&[CheckId::Us04])).could_not_check(CheckId::Us04, "does not name its subschema entry");
}

/// IS prepends its container to the base DN. If that does not exist, US-02 looks where the users are.
#[test]
fn a_base_that_is_a_container_is_reported_with_the_base_to_enter() {
    let people = ENTRIES.replace("ou=Users", "ou=people").replace("ou: Users", "ou: people");
    let Some(own) = directory() else { return };
    let Some(other) = testbed::or_report(testbed::slapd(&people)) else { return };
    let run = |server: &testbed::DirectoryServer, base: &str| {
        let mut plan = plan("ldap", "127.0.0.1", server.port());
        plan.set("user_store.base_dn", base).set("user_store.group_search_base", "ou=Groups,dc=example,dc=com");
        wait(plan.run(&[CheckId::Us02]))
    };
    // IS's own container.
    let reported = run(&own, "ou=Users,dc=example,dc=com");
    let words = "ou=Users,ou=Users,dc=example,dc=com does not exist, but ou=Users,dc=example,dc=com does, with 2 users";
    let result = reported.fails_alone(CheckId::Us02, words);
    assert_eq!(result.remedy.text, "Enter dc=example,dc=com as the base DN. IS prepends ou=Users to it.");
    // A container with another name.
    let reported = run(&other, "ou=people,dc=example,dc=com");
    let words =
        "ou=Users,ou=people,dc=example,dc=com does not exist, but ou=people,dc=example,dc=com does, with 2 users";
    let result = reported.fails_alone(CheckId::Us02, words);
    assert!(result.remedy.text.contains("Enter ou=people,dc=example,dc=com as the user search base"), "{result:?}");
    // Neither exists: the check does not guess.
    let reported = run(&other, "ou=Nobody,dc=example,dc=com");
    let result = reported.fails_alone(CheckId::Us02, "does not exist, or the bind account may not read it");
    assert!(!result.current.contains(" users."), "{result:?}");
}

fn of_servers(run: &Run) -> Vec<(String, Outcome, String)> {
    let reported =
        |result: &&CheckResult| (result.subject.clone().unwrap_or_default(), result.outcome, result.current.clone());
    run.results().iter().filter(|result| result.id == CheckId::Us01).map(reported).collect()
}

/// Each server of a list is tested separately; entries are read at the first that accepts the login, as in IS.
#[test]
fn each_server_of_a_directory_is_checked() {
    let (Some(one), Some(other)) = (directory(), directory()) else { return };
    let closed = closed_port();
    let run = |ports: &[u16], change: &dyn Fn(&mut Plan)| {
        let urls: Vec<String> = ports.iter().map(|port| format!("ldap://127.0.0.1:{port}")).collect();
        let mut plan = plan("ldap", "127.0.0.1", ports[0]);
        plan.set("user_store.connection_url", urls.join(" "));
        change(&mut plan);
        wait(plan.run(&[CheckId::Us01, CheckId::Us02]))
    };
    let nothing = |_: &mut Plan| {};
    let both = run(&[one.port(), other.port()], &nothing);
    both.is_healthy();
    let reported = of_servers(&both);
    let names: Vec<&str> = reported.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, [format!("127.0.0.1:{}", one.port()), format!("127.0.0.1:{}", other.port())]);
    let first_is_off = run(&[closed, other.port()], &nothing);
    first_is_off.fails_alone(CheckId::Us01, "connection refused");
    let reported = of_servers(&first_is_off);
    assert_eq!([reported[0].1, reported[1].1], [Outcome::Failed, Outcome::Passed], "{reported:?}");
    assert_eq!(first_is_off.of(CheckId::Us02).outcome, Outcome::Passed, "{:?}", first_is_off.of(CheckId::Us02));
    let second_is_off = run(&[one.port(), closed], &nothing);
    let reported = of_servers(&second_is_off);
    assert_eq!([reported[0].1, reported[1].1], [Outcome::Passed, Outcome::Failed], "{reported:?}");
    let wrong = run(&[one.port(), other.port()], &|plan| {
        plan.secret("user_store.connection_password", "Wrong-password-1");
    });
    assert!(
        of_servers(&wrong).iter().all(|(_, outcome, what)| *outcome == Outcome::Failed && what.contains("result 49"))
    );
    let alone = run(&[one.port()], &nothing);
    assert_eq!(of_servers(&alone)[0].0, "", "one server needs no name");
}
