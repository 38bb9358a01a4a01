//! US-01, US-02, US-03 and US-06 against OpenLDAP's server, and against other services.

use domain::check::CheckId;
use testbed::{ADMINISTRATOR, DirectoryServer, ROOT_PASSWORD};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Plan, closed_port, prepare, serve, servers, wait};

pub(crate) const CHECKS: [CheckId; 4] = [CheckId::Us01, CheckId::Us02, CheckId::Us03, CheckId::Us06];
pub(crate) const NAME: &str = "ldap.example.com";

/// A directory with two users and a group.
pub(crate) const ENTRIES: &str = "\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=Users,dc=example,dc=com
objectClass: organizationalUnit
ou: Users

dn: ou=Groups,dc=example,dc=com
objectClass: organizationalUnit
ou: Groups

dn: ou=Nobody,dc=example,dc=com
objectClass: organizationalUnit
ou: Nobody

dn: uid=jane,ou=Users,dc=example,dc=com
objectClass: inetOrgPerson
uid: jane
cn: Jane
sn: Canaryname
mail: shared@example.com

dn: uid=joe,ou=Users,dc=example,dc=com
objectClass: inetOrgPerson
uid: joe
cn: Joe
sn: Canaryname
mail: shared@example.com

dn: cn=staff,ou=Groups,dc=example,dc=com
objectClass: groupOfNames
cn: staff
member: uid=jane,ou=Users,dc=example,dc=com
";

pub(crate) fn plan(scheme: &str, host: &str, port: u16) -> Plan {
    let mut plan = Plan::at(3306);
    plan.set("user_store.kind", "ldap")
        .set("user_store.connection_url", format!("{scheme}://{host}:{port}"))
        .set("user_store.connection_name", ADMINISTRATOR)
        .set("user_store.base_dn", "dc=example,dc=com")
        .set("user_store.user_object_class", "inetOrgPerson")
        .set("user_store.user_id_attribute", "entryUUID")
        .set("user_store.admin_username", "is-admin")
        .secret("user_store.connection_password", ROOT_PASSWORD)
        .resolves(NAME, &["127.0.0.1"]);
    plan
}

pub(crate) fn directory() -> Option<DirectoryServer> {
    testbed::or_report(testbed::slapd(ENTRIES))
}

#[test]
fn a_healthy_directory_passes_and_shows_no_values() {
    let Some(server) = directory() else { return };
    let run = wait(plan("ldap", "127.0.0.1", server.port()).run(&CHECKS));
    run.is_healthy();
    let users = run.of(CheckId::Us02);
    assert!(users.current.starts_with("The filter finds 2 users") && users.current.ends_with("j•••."), "{users:?}");
    let all = format!("{:?}", run.events);
    assert!(!all.contains("Canaryname") && !all.contains("shared@") && !all.contains("jane"), "{all}");
    let mut without_groups = plan("ldap", "127.0.0.1", server.port());
    without_groups.set("user_store.group_search_base", "ou=Nobody,dc=example,dc=com");
    wait(without_groups.run(&CHECKS)).is_healthy();
    let mut given = plan("ldap", "127.0.0.1", server.port());
    given.set("user_store.create_admin", "no").set("user_store.admin_username", "jane");
    wait(given.run(&CHECKS)).is_healthy();
}

#[test]
fn what_does_not_answer_as_a_directory_is_reported_by_the_first_check() {
    wait(async {
        let run = plan("ldap", "127.0.0.1", closed_port()).run(&CHECKS).await;
        run.fails_alone(CheckId::Us01, "connection refused");
        let run = plan("ldap", "nowhere.example.com", 389).run(&CHECKS).await;
        run.fails_alone(CheckId::Us01, "the name does not exist");
        let http = serve(|mut stream| async move {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\ncanary").await;
        })
        .await;
        let run = plan("ldap", "127.0.0.1", http).run(&CHECKS).await;
        run.fails_alone(CheckId::Us01, "does not speak LDAP");
        assert!(!format!("{:?}", run.events).contains("canary"));
        let silent = serve(|mut stream| async move {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let run = plan("ldap", "127.0.0.1", silent).run(&CHECKS).await;
        run.fails_alone(CheckId::Us01, "does not answer when LDAP starts");
        let closing = serve(|stream| async move { drop(stream) }).await;
        let run = plan("ldap", "127.0.0.1", closing).run(&CHECKS).await;
        run.fails_alone(CheckId::Us01, "closes the connection");
        let mut metadata = plan("ldap", "metadata.example.com", 389);
        metadata.resolves("metadata.example.com", &["169.254.169.254"]);
        metadata.run(&CHECKS).await.could_not_check(CheckId::Us01, "does not connect to it");
        let mut fenced = plan("ldap", "127.0.0.1", silent);
        fenced.allows(&["10.20.0.0/16"]).run(&CHECKS).await.could_not_check(CheckId::Us01, "outside dial_allow");
    });
}

#[test]
fn a_bind_account_that_may_not_in_is_reported() {
    let Some(server) = directory() else { return };
    let run = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan("ldap", "127.0.0.1", server.port());
        change(&mut plan);
        wait(plan.run(&CHECKS))
    };
    let wrong = |plan: &mut Plan| {
        plan.secret("user_store.connection_password", "Wrong-password-1");
    };
    let reported = run(&wrong);
    reported.fails_alone(CheckId::Us01, "LDAP result 49");
    assert!(!format!("{:?}", reported.events).contains("Wrong-password-1"));
    let unknown = |plan: &mut Plan| {
        plan.set("user_store.connection_name", "cn=nobody,dc=example,dc=com");
    };
    run(&unknown).fails_alone(CheckId::Us01, "LDAP result 49");
    let no_name = |plan: &mut Plan| {
        plan.set("user_store.connection_name", "nothing=at=all");
    };
    run(&no_name).fails_alone(CheckId::Us01, "LDAP result");
}

#[test]
fn bases_and_filters_that_find_nothing_are_reported() {
    let Some(server) = directory() else { return };
    let run = |changes: &[(&str, &str)]| {
        let mut plan = plan("ldap", "127.0.0.1", server.port());
        changes.iter().for_each(|(key, text)| {
            plan.set(key, text);
        });
        wait(plan.run(&CHECKS))
    };
    let missing = "ou=Missing,dc=example,dc=com";
    run(&[("user_store.user_search_base", missing)]).fails_alone(CheckId::Us02, "does not exist");
    run(&[("user_store.group_search_base", missing)]).fails_alone(CheckId::Us02, "group search base");
    let empty = "ou=Nobody,dc=example,dc=com";
    // Correct for a new directory, into which IS writes; wrong for one that it only reads.
    run(&[("user_store.user_search_base", empty)]).warns_alone(CheckId::Us02, "finds no user");
    let only_read = [("user_store.access", "read-only"), ("user_store.create_admin", "no")];
    let no_one = [("user_store.user_search_base", empty), ("user_store.admin_username", "jane")];
    let found = run(&[&only_read[..], &no_one].concat());
    assert!(found.with(domain::check::Outcome::Failed).contains(&CheckId::Us02), "{:?}", found.of(CheckId::Us02));
    let mut only_us02 = plan("ldap", "127.0.0.1", server.port());
    [&only_read[..], &no_one].concat().iter().for_each(|(key, text)| {
        only_us02.set(key, text);
    });
    wait(only_us02.run(&[CheckId::Us02])).fails_alone(CheckId::Us02, "The filter finds no user");
    // IS prepends ou=Users to a base that is already ou=Users.
    run(&[("user_store.base_dn", "ou=Users,dc=example,dc=com")])
        .fails_alone(CheckId::Us02, "does not exist, but ou=Users,dc=example,dc=com does, with 2 users");
    run(&[("user_store.base_dn", "dc=other,dc=com")]).fails_alone(CheckId::Us02, "does not exist");
    run(&[("user_store.user_name_attribute", "mail")]).warns_alone(CheckId::Us03, "as another user");
    run(&[("user_store.user_name_attribute", "employeeNumber")])
        .warns_alone(CheckId::Us03, "have no attribute employeeNumber");
    run(&[("user_store.user_id_attribute", "scimId")]).warns_alone(CheckId::Us03, "have no attribute scimId");
    run(&[("user_store.admin_username", "jane")]).warns_alone(CheckId::Us06, "The user jane exists already");
    run(&[("user_store.create_admin", "no")]).warns_alone(CheckId::Us06, "so the super admin cannot log in");
}

#[test]
fn a_super_admin_in_the_database_is_reported() {
    for server in servers() {
        let prepared = prepare(&server);
        let mut plan = prepared.plan.clone();
        plan.set("user_store.admin_username", "is-admin");
        wait(plan.run(&[CheckId::Us06])).is_healthy();
        let shared = prepared.shared.name();
        server
            .execute(&format!("CREATE TABLE `{shared}`.UM_USER (UM_ID INT PRIMARY KEY, UM_USER_NAME VARCHAR(255))"))
            .unwrap();
        wait(plan.run(&[CheckId::Us06])).is_healthy();
        server.execute(&format!("INSERT INTO `{shared}`.UM_USER VALUES (1, 'is-admin')")).unwrap();
        wait(plan.run(&[CheckId::Us06])).warns_alone(CheckId::Us06, "is-admin exists already");
    }
}
