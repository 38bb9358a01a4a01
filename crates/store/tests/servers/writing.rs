//! What a healthy server refuses: what is too large, locked, or does not fit on the disk.

use store::{SaveOutcome, SqlServerProblem, Store as _};

use crate::{Server, change, create, id, open, own_servers, problem, save, servers};

#[tokio::test]
async fn a_document_larger_than_the_server_takes_is_refused_with_the_setting_to_change() {
    for server in own_servers(&["--max-allowed-packet=4M"], &[]).filter(|server| matches!(server, Server::MySql(_))) {
        let name = server.world("large");
        let store = open(&server.url(&name)).await.unwrap();
        create(&store).await;
        let _saved = store.save(id(), 1, &change(&"x".repeat(3 << 20))).await.unwrap();
        let error = store.save(id(), 2, &change(&"x".repeat(5 << 20))).await.unwrap_err();
        assert!(error.advice().contains("max_allowed_packet"), "{}", error.advice());
        let found = problem(error);
        assert!(matches!(found, SqlServerProblem::TooLarge(_)), "{found:?}");
        assert_eq!(save(&store, 2).await, 3);
    }
}

#[tokio::test]
async fn documents_of_twenty_megabytes_come_back() {
    for server in own_servers(&["--max-allowed-packet=64M"], &[]) {
        let name = server.world("twenty");
        let store = open(&server.url(&name)).await.unwrap();
        create(&store).await;
        let large = "0123456789abcdef".repeat(20 << 16);
        assert_eq!(store.save(id(), 1, &change(&large)).await.unwrap(), SaveOutcome::Saved { revision: 2 });
        assert!(store.load(id()).await.unwrap().unwrap().document == large);
    }
}

#[tokio::test]
async fn a_cancelled_wait_for_a_lock_leaves_nothing_behind() {
    for server in servers() {
        let name = server.world("locked");
        let store = open(&server.url(&name)).await.unwrap();
        create(&store).await;
        // A browser disconnects while its save waits for another one.
        for _ in 0..30 {
            let saves = [change("a"), change("b"), change("c")];
            let revision = store.load(id()).await.unwrap().unwrap().revision;
            let waiting = saves.iter().map(|change| store.save(id(), revision, change));
            let _first = futures::future::select_all(waiting).await;
        }
        let revision = store.load(id()).await.unwrap().unwrap().revision;
        assert_eq!(save(&store, revision).await, revision + 1);
    }
}

#[tokio::test]
async fn a_full_tablespace_is_reported_and_used_again_once_space_is_free() {
    let Some(folder) = small_disk::mounted() else {
        return small_disk::run_mounted("writing::a_full_tablespace_is_reported_and_used_again_once_space_is_free");
    };
    // Only PostgreSQL supports a small disk for tables alone; without space for their logs, it and MySQL stop completely.
    let Some(server) = testbed::or_report(testbed::postgres_with(&[])) else { return };
    let server = Server::Postgres(server);
    let name = server.world("full");
    let place = folder.join("tables");
    std::fs::create_dir(&place).unwrap();
    server.administer("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", place.display()));
    server.administer("postgres", &format!("ALTER DATABASE {name} SET TABLESPACE small"));
    let store = open(&server.url(&name)).await.unwrap();
    create(&store).await;
    let random: String = (0..400_000_u64)
        .map(|n| char::from(b'!' + (n.wrapping_mul(n).wrapping_mul(2_654_435_761) >> 13) as u8 % 90))
        .collect();
    let mut revision = 1;
    let found = loop {
        match store.save(id(), revision, &change(&random)).await {
            Ok(outcome) => {
                revision += 1;
                assert_eq!(outcome, SaveOutcome::Saved { revision });
                let _full = std::fs::write(folder.join(format!("ballast-{revision}")), vec![0; 4 << 20]);
            }
            Err(error) => break problem(error),
        }
        assert!(revision < 200, "the disk never filled up");
    };
    assert!(matches!(found, SqlServerProblem::DiskFull(_)), "{found:?}");
    assert_eq!(store.load(id()).await.unwrap().unwrap().revision, revision);
    for number in 2..=revision {
        std::fs::remove_file(folder.join(format!("ballast-{number}"))).unwrap();
    }
    assert_eq!(save(&store, revision).await, revision + 1);
}

/// A mount in a namespace of a child process, which runs the same test again.
mod small_disk {
    use std::env;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    const MOUNT: &str = "STORE_TEST_SMALL_DISK";
    /// The child's exit code if mounts are not permitted; a failing test has another one.
    const NO_MOUNTS: i32 = 75;

    pub(super) fn mounted() -> Option<PathBuf> {
        env::var_os(MOUNT).map(PathBuf::from)
    }

    pub(super) fn run_mounted(test: &str) {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "mount -t tmpfs -o size=40m tmpfs '{}' || exit {NO_MOUNTS}; exec \"$0\" --exact {test} --nocapture",
            folder.path().display()
        );
        let ran = Command::new("unshare")
            .args(["--mount", "--map-root-user", "sh", "-c", &script])
            .arg(env::current_exe().unwrap())
            .env(MOUNT, folder.path())
            .stdin(Stdio::null())
            .output();
        match ran {
            Ok(output) if output.status.success() => {
                let said = String::from_utf8_lossy(&output.stdout);
                assert!(said.contains("1 passed"), "{said}");
            }
            Ok(output) => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                let forbidden = output.status.code() == Some(NO_MOUNTS) || complaint.starts_with("unshare:");
                assert!(forbidden, "{}\n{complaint}", String::from_utf8_lossy(&output.stdout));
                testbed::report_not_run(format!("mounts are not allowed here ({})", complaint.trim()));
            }
            Err(error) => testbed::report_not_run(format!("unshare cannot be started: {error}")),
        }
    }
}
