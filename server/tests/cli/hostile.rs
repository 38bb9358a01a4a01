//! Servers that attack the service: databases and directories that accept every login and then send hostile data. Each attack
//! alone is in `crates/probe/tests/bounds`; here the service as operators run it continues, and its memory stays bounded.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use testbed::plan::{ADMIN_PASSWORD, DATABASE_PASSWORD};

use crate::support::{Serving, World};

/// The growth of the service during four runs at once, in KiB.
const MAX_GROWTH_KIB: u64 = 32 << 10;

/// Serves each connection on a separate thread, until the client closes it.
fn serve(talk: impl Fn(TcpStream) -> std::io::Result<()> + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}

fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    [&u32::try_from(payload.len()).unwrap().to_le_bytes()[..3], &[number], payload].concat()
}

/// Greets as MySQL, accepts every login, and answers every statement with `first` and then with `again` without end.
fn hostile_database(first: Vec<u8>, again: Vec<u8>) -> u16 {
    let greeting = packet(
        0,
        b"\x0a8.0.36\0\x01\0\0\0saltsalt\0\xff\xf7\x08\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0",
    );
    serve(move |mut stream| {
        let mut output = [0; 4096];
        stream.write_all(&greeting)?;
        let mut answer = packet(2, &[0, 0, 0, 2, 0, 0, 0]);
        while stream.read(&mut output)? > 0 {
            stream.write_all(&answer)?;
            if answer == first {
                while !again.is_empty() {
                    stream.write_all(&again)?;
                }
            }
            answer.clone_from(&first);
        }
        Ok(())
    })
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x84][..], &u32::try_from(content.len()).unwrap().to_be_bytes(), content].concat()
}

/// Accepts every login and answers the first search with entries of `count` values of `length` bytes without end.
fn hostile_directory(count: usize, length: usize) -> u16 {
    let welcome = element(0x30, &[&[2, 1, 1][..], &element(0x61, &[10, 1, 0, 4, 0, 4, 0])].concat());
    let value = if length == 0 { vec![4, 0] } else { element(4, &vec![b'x'; length]) };
    let attribute = element(0x30, &[element(4, b"uid"), element(0x31, &value.repeat(count))].concat());
    let entry = element(0x64, &[element(4, b"uid=x"), element(0x30, &attribute)].concat());
    let entry = element(0x30, &[&[2, 1, 2][..], &entry].concat());
    serve(move |mut stream| {
        let mut output = [0; 4096];
        if stream.read(&mut output)? > 0 {
            stream.write_all(&welcome)?;
        }
        if stream.read(&mut output)? == 0 {
            return Ok(());
        }
        loop {
            stream.write_all(&entry)?;
        }
    })
}

/// A figure of the kernel about the process, in KiB.
fn memory(server: &Serving, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

/// Enters these servers in a plan.
fn enter_servers(server: &Serving, plan: &str, database: u16, directory: u16) {
    let (port, url) = (database.to_string(), format!("ldap://127.0.0.1:{directory}"));
    server.save(plan, "database", &[("database.port", &port), ("database.password", DATABASE_PASSWORD)]);
    let directory = [
        ("user_store.kind", "ldap"),
        ("user_store.connection_url", url.as_str()),
        ("user_store.connection_name", "cn=admin,dc=example,dc=com"),
        ("user_store.connection_password", "Canary-5501"),
        ("user_store.base_dn", "dc=example,dc=com"),
        ("user_store.admin_password", ADMIN_PASSWORD),
    ];
    server.save(plan, "user-store", &directory);
}

/// Checks databases and directories of all plans at once.
fn check_all(server: &Serving, plans: &[String]) {
    let ids: Vec<(&str, &str)> =
        ["DB-01", "DB-05", "DB-09", "DB-11", "DB-13", "DB-25", "US-01", "US-02", "US-03"].map(|id| ("id", id)).to_vec();
    std::thread::scope(|scope| {
        for plan in plans {
            let ids = &ids;
            scope.spawn(move || assert_eq!(server.post(&format!("{plan}/checks"), ids).status, 303));
        }
    });
}

#[test]
fn four_plans_at_once_take_little_memory_of_the_service() {
    let world = World::new();
    let server = world.serve();
    let plans: Vec<String> = (0..4).map(|_| server.plan()).collect();
    let row = |length: usize| {
        let length_of = u32::try_from(length).unwrap().to_le_bytes();
        packet(4, &[&[0xfd][..], &length_of[..3], &vec![b'x'; length]].concat())
    };
    let columns = [
        packet(1, &[1]),
        packet(2, b"\x03def\0\0\0\x01a\0\x0c\x2d\0\0\x01\0\0\xfd\0\0\0\0\0"),
        packet(3, &[0xfe, 0, 0, 2, 0]),
    ]
    .concat();
    let endless_row = [&columns[..], &[0xff, 0xff, 0xff, 4]].concat();
    let attacks: [(&str, u16, u16); 4] = [
        (
            "0xffffffff columns, empty values",
            hostile_database(packet(1, &[0xfe, 255, 255, 255, 255, 0, 0, 0, 0]), Vec::new()),
            hostile_directory(100_000, 0),
        ),
        ("rows of 60 KB, values of 1 KB", hostile_database(columns.clone(), row(60_000)), hostile_directory(200, 1024)),
        (
            "one row without end, 200,000 values",
            hostile_database(endless_row, vec![b'x'; 65_536]),
            hostile_directory(200_000, 0),
        ),
        ("short rows, short entries", hostile_database(columns, row(1).repeat(1000)), hostile_directory(1, 5)),
    ];
    // The first run of every kind allocates the memory of pages and statements.
    for plan in &plans {
        enter_servers(&server, plan, 1, 1);
    }
    check_all(&server, &plans);
    for (what, database, directory) in attacks {
        for plan in &plans {
            enter_servers(&server, plan, database, directory);
        }
        fs::write(format!("/proc/{}/clear_refs", server.id()), "5").unwrap();
        let before = memory(&server, "VmRSS");
        check_all(&server, &plans);
        let grown = memory(&server, "VmHWM").saturating_sub(before);
        println!("{what}: {grown} KiB more at most, of {before} KiB");
        assert!(grown <= MAX_GROWTH_KIB, "{what}: the service grew by {grown} KiB");
        let page = server.get(&format!("{}/report.txt", plans[0])).text();
        assert!(page.contains("The directory sends more than was requested"), "{what}: {page}");
        assert_eq!(server.get("/healthz").status, 200);
    }
}

/// A database that declares 0xffffffff columns stops neither the service nor the replica that takes the run over; both report
/// what they could not read.
#[test]
fn a_hostile_database_stops_no_server() {
    let world = World::new();
    let [one, other] = [(); 2].map(|()| world.serve());
    let port = hostile_database(packet(1, &[0xfe, 255, 255, 255, 255, 0, 0, 0, 0]), Vec::new());
    let plan = one.plan_with_database(port);
    for server in [&one, &other] {
        assert_eq!(server.post(&format!("{plan}/checks"), &[("step", "database")]).status, 303);
        let page = server.get(&format!("{plan}/report.txt")).text();
        assert!(page.contains("the connection to MySQL broke"), "{page}");
    }
    for server in [&one, &other] {
        assert_eq!(server.get("/healthz").status, 200);
    }
}
