//! The configuration of `serve`: flags over environment over file, and every mistake at once.

use testbed::http::TestRequest;

use crate::support::{Serving, World};

#[test]
fn every_mistake_of_file_environment_and_flags_comes_at_once() {
    let world = World::new();
    world.write("settings.toml", "prot = 1\nallowed_hosts = 5\n");
    let arguments = ["serve", "--config", "settings.toml", "--port", "70000"];
    let ran = world.run(&arguments, &[]).expect(2);
    ran.complains(&["settings.toml", "prot"]);
    ran.complains(&["allowed_hosts", "list"]);
    ran.complains(&["port", "0 to 65535"]);

    let arguments = ["serve", "--config", "settings.toml", "--data-dir", "data"];
    let ran = world.run(&arguments, &[("CLUSTERWRIGHT_PORT", "many")]).expect(2);
    ran.complains(&["settings.toml", "prot"]);
    ran.complains(&["allowed_hosts", "list"]);
    ran.complains(&["port", "CLUSTERWRIGHT_PORT", "0 to 65535"]);
    assert_eq!(world.names(), ["settings.toml"], "nothing is created before the configuration is right");
}

#[test]
fn a_mistake_names_the_source_of_its_value() {
    let world = World::new();
    world.write("settings.toml", "port = 0\n\nlisten = \"all\"\ntls = \"maybe\"\n");
    let environment = [
        ("CLUSTERWRIGHT_TRUSTED_PROXIES", "nginx, 10.0.0.1"),
        ("CLUSTERWRIGHT_TLS", "on"),
        ("CLUSTERWRIGHT_METRICS_TOKEN", "short-canary"),
    ];
    let ran = world.run(&["serve", "--config", "settings.toml", "--dial-allow", "db.internal"], &environment).expect(2);
    ran.complains(&["listen (from settings.toml:3) is not an IP address"]);
    ran.complains(&["trusted_proxies (from the environment variable CLUSTERWRIGHT_TRUSTED_PROXIES): \"nginx\""]);
    ran.complains(&["dial_allow (from --dial-allow): \"db.internal\""]);
    ran.complains(&["metrics_token (from the environment variable CLUSTERWRIGHT_METRICS_TOKEN)"]);
    assert!(!ran.stderr.contains("canary") && !ran.stderr.contains("maybe"), "{}", ran.stderr);
}

#[test]
fn the_help_shows_each_variable_without_its_value_and_no_flag_for_a_secret() {
    let environment = [("CLUSTERWRIGHT_STORE", "mysql://u:canary@h/d"), ("CLUSTERWRIGHT_ACCESS_TOKEN", "canary")];
    let ran = World::new().run(&["serve", "--help"], &environment).expect(0);
    for part in ["--tls-certificate <FILE>", "[env: CLUSTERWRIGHT_TLS_CERTIFICATE]", "[env: CLUSTERWRIGHT_STORE]"] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    for secret in ["canary", "--access-token ", "--metrics-token", "--store-password "] {
        assert!(!ran.stdout.contains(secret), "{secret} in {}", ran.stdout);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let world = World::new();
    world.write("settings.toml", "port = \n");
    world.run(&["serve", "--config", "settings.toml"], &[]).expect(2).complains(&["settings.toml", "not TOML"]);
    world.run(&["serve", "--config", "none.toml"], &[]).expect(2).complains(&["Cannot read none.toml", "--config"]);
}

#[test]
fn without_a_home_folder_a_data_folder_is_asked_for() {
    let world = World::new();
    let mut command = world.command(&["serve", "--port", "0"], &[]);
    let ran = crate::support::Ran::of(command.env_remove("HOME").output().unwrap()).expect(2);
    ran.complains(&["No home folder", "--data-dir"]);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let world = World::new();
    world.write("settings.toml", "port = 1\ndata_dir = \"from-file\"\n");
    let environment = [("CLUSTERWRIGHT_PORT", "0"), ("CLUSTERWRIGHT_DATA_DIR", "from-environment")];
    let server = Serving::start(world.command(&["--config", "settings.toml", "--data-dir", "from-flag"], &environment));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(world.names(), ["from-flag", "settings.toml"]);
    drop(server);
    let server = Serving::start(world.command(&["--config", "settings.toml"], &environment));
    assert_eq!(world.names(), ["from-environment", "from-flag", "settings.toml"]);
    drop(server);
}

#[test]
fn behind_a_prefix_every_address_stands_under_it() {
    let world = World::new();
    let server = Serving::start(world.command(&["--port", "0"], &[("CLUSTERWRIGHT_PREFIX", "/tools/cw/")]));
    assert_eq!(server.get("/healthz").status, 200, "past the proxy");
    for path in ["/", "/plans", "/tools", "/tools/cwx/", "/x/tools/cw/"] {
        let outside = server.get(path);
        assert!(
            outside.status == 404 && outside.text().contains("is published under /tools/cw/"),
            "{path}: {}",
            outside.text()
        );
        for header in ["x-frame-options: DENY", "x-content-type-options: nosniff", "content-security-policy: "] {
            assert!(outside.head.contains(header), "{path} has {header}: {}", outside.head);
        }
        let foreign = server.send(TestRequest::get(path).header("host", "evil.example"));
        assert_eq!(foreign.status, 421, "only requests to its names are served: {}", foreign.text());
    }
    for path in ["/tools/cw", "/tools/cw/"] {
        assert!(server.get(path).text().contains("action=\"/tools/cw/plans\""), "{path}");
    }
    let made = server.post("/tools/cw/plans", &[("preset", "one-machine"), ("title", "Behind a proxy")]);
    assert_eq!(made.status, 303, "{}", made.text());
    let plan = made.location.strip_suffix("/product#title").unwrap();
    assert!(plan.starts_with("/tools/cw/plans/"), "{plan}");
    for page in ["product", "database", "user-store", "clustering", "load-balancer", "review", "preview", "delete"] {
        let shown = server.get(&format!("{plan}/{page}"));
        assert_eq!(shown.status, 200, "{page}");
        assert!(shown.text().contains("data-prefix=\"/tools/cw\""), "{page}: islands learn it from the page");
        for attribute in ["href=\"", "src=\"", "action=\"", "formaction=\""] {
            for address in shown.text().split(attribute).skip(1).filter(|rest| rest.starts_with('/')) {
                assert!(address.starts_with("/tools/cw/"), "{page}: {attribute}{address:.60}");
            }
        }
    }
    let checked = server.post(&format!("{plan}/checks"), &[("id", "DB-02"), ("step", "database")]);
    assert_eq!(checked.location, format!("{plan}/database#checks"));
}

#[test]
fn the_port_speaks_tls_where_it_is_configured() {
    let world = World::new();
    let mut child = world.command(&["--port", "0"], &[("CLUSTERWRIGHT_TLS", "on")]).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let printed = lines.next().unwrap().unwrap();
    let ready = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(printed.contains("SHA-256") && printed.matches(':').count() >= 32, "{printed}");
    assert!(ready.starts_with("Clusterwright is ready at https://localhost:"), "{ready}");
}

#[test]
fn an_address_of_another_machine_is_reported() {
    let world = World::new();
    // TEST-NET-1: no machine has it. Behind a proxy, so that nothing else is wrong.
    let arguments = ["serve", "--listen", "all"];
    world.run(&arguments, &[]).expect(2).complains(&["listen", "an IP address"]);
    let open = [("CLUSTERWRIGHT_TLS", "off")];
    world.run(&["serve", "--listen", "0.0.0.0"], &open).expect(2).complains(&["tls is off", "trusted_proxies"]);
}
