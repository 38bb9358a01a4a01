//! Setting up and starting `MariaDB`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::absent::Unavailable;
use crate::database::{DatabaseAddress, DatabaseServer, ROOT_PASSWORD, TestServerProduct};
use crate::program::{Installation, MARIADB};
use crate::server::{self, ReadyCondition};
use crate::small_disk::{SmallDisk, on_small_disk};

/// What makes the system tables, in this order, below `usr/share/mysql`.
const SYSTEM_TABLES: [&str; 4] =
    ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql", "mysql_sys_schema.sql"];

/// Starts a server with more options, e.g. `--require-secure-transport=ON`.
pub(crate) fn start(options: &[&str]) -> Result<DatabaseServer, Unavailable> {
    start_on(options, false).map(|(server, _)| server)
}

/// Starts a server whose data lies on a separate small disk.
pub(crate) fn start_on_small_disk() -> Result<(DatabaseServer, SmallDisk), Unavailable> {
    let (server, folder) = start_on(&[], true)?;
    // Its first look at the disk comes after it wrote its id.
    let disk = SmallDisk::of(&folder.join("pid"), &folder.join("data"));
    Ok((server, disk.map_err(|error| Unavailable::new(format!("a small disk for {}", MARIADB.title), error))?))
}

/// The server, and its folder.
fn start_on(options: &[&str], is_small: bool) -> Result<(DatabaseServer, PathBuf), Unavailable> {
    let installation = MARIADB.find()?;
    let start = || -> io::Result<(DatabaseServer, PathBuf)> {
        let lasting = server::initialization_options(options, &["--innodb-page-size="]);
        let name = format!("{}{}", MARIADB.name, lasting.concat());
        let template = server::template(&name, |folder| set_up(&installation, folder, &lasting))?;
        let data = template;
        let prepare = |folder: &Path| match is_small {
            true => fs::create_dir(folder.join("data")),
            false => server::copy(&data, &folder.join("data")),
        };
        let command = |folder: &Path, port: u16| {
            let mut command = mariadbd(&installation, &folder.join("data"));
            command.arg(format!("--port={port}")).arg(format!("--socket={}", folder.join("socket").display()));
            command.arg(format!("--pid-file={}", folder.join("pid").display()));
            // A server that starts removes temporary tables from its folder: a shared one would lose those of others.
            command.arg(format!("--tmpdir={}", folder.display()));
            command.args(["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]);
            command.arg(server::MAX_CONNECTIONS_OPTION).args(options).env("TZ", "UTC");
            if is_small { on_small_disk(&command, &folder.join("data"), &data) } else { command }
        };
        let (running, port) = server::start(prepare, command, ReadyCondition::Greets)?;
        let socket = running.folder().join("socket");
        let client = installation.command("mariadb").get_program().into();
        let folder = running.folder().to_owned();
        Ok((
            DatabaseServer::owned(
                DatabaseAddress { product: TestServerProduct::MariaDb, port, socket, client },
                running,
            ),
            folder,
        ))
    };
    start().map_err(|error| Unavailable::new(MARIADB.title, error))
}

/// Makes the system tables as `mariadb-install-db` does, without its search for programs.
fn set_up(installation: &Installation, folder: &Path, lasting: &[&str]) -> io::Result<()> {
    let mut statements = b"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n".to_vec();
    for name in SYSTEM_TABLES {
        statements.extend(fs::read(installation.file("usr/share/mysql").join(name))?);
        statements.push(b'\n');
    }
    statements.extend(
        format!(
            "FLUSH PRIVILEGES;\nALTER USER root@localhost IDENTIFIED BY '{ROOT_PASSWORD}';\n\
             CREATE USER root@'%' IDENTIFIED BY '{ROOT_PASSWORD}';\nGRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;\n"
        )
        .bytes(),
    );
    let mut command = mariadbd(installation, folder);
    command.args(lasting).args(["--bootstrap", "--skip-grant-tables", "--enforce-storage-engine="]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(&statements));
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    written
}

fn mariadbd(installation: &Installation, data: &Path) -> Command {
    let mut command = installation.command("mariadbd");
    command.arg("--no-defaults").arg(format!("--basedir={}", installation.file("usr").display()));
    command.arg(format!("--datadir={}", data.display()));
    command.arg(format!("--lc-messages-dir={}", installation.file("usr/share/mysql").display()));
    command.arg(format!("--plugin-dir={}", installation.file("usr/lib/mysql/plugin").display()));
    command.args(["--innodb-log-file-size=8M", "--innodb-buffer-pool-size=64M"]);
    if server::are_root() {
        command.arg("--user=root");
    }
    command
}
