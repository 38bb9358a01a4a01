//! Setting up and starting MySQL.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use crate::absent::Unavailable;
use crate::database::{DatabaseAddress, DatabaseServer, ROOT_PASSWORD, TestServerProduct};
use crate::program::{Installation, MYSQL};
use crate::server::{self, ReadyCondition};
use crate::small_disk::{SmallDisk, on_small_disk};

/// Starts a server with more options, e.g. `--sql-require-primary-key=ON`.
pub(crate) fn start(options: &[&str]) -> Result<DatabaseServer, Unavailable> {
    start_on(options, false).map(|(server, _)| server)
}

/// Starts a server whose data lies on a separate small disk.
pub(crate) fn start_on_small_disk() -> Result<(DatabaseServer, SmallDisk), Unavailable> {
    let (server, folder) = start_on(&[], true)?;
    // Its first look at the disk comes after it wrote its id.
    let disk = SmallDisk::of(&folder.join("pid"), &folder.join("data"));
    Ok((server, disk.map_err(|error| Unavailable::new(format!("a small disk for {}", MYSQL.title), error))?))
}

/// The server, and its folder.
fn start_on(options: &[&str], is_small: bool) -> Result<(DatabaseServer, PathBuf), Unavailable> {
    let installation = MYSQL.find()?;
    let start = || -> io::Result<(DatabaseServer, PathBuf)> {
        let lasting = server::initialization_options(options, &["--innodb-page-size=", "--lower-case-table-names="]);
        let name = format!("{}{}", MYSQL.name, lasting.concat());
        let template = server::template(&name, |folder| set_up(&installation, folder, &lasting))?;
        let data = template.join("data");
        let prepare = |folder: &Path| match is_small {
            true => fs::create_dir(folder.join("data")),
            false => server::copy(&data, &folder.join("data")),
        };
        let command = |folder: &Path, port: u16| {
            let mut command = mysqld(&installation, &folder.join("data"));
            command.arg(format!("--port={port}")).arg(format!("--socket={}", folder.join("socket").display()));
            command.arg(format!("--pid-file={}", folder.join("pid").display()));
            // A server that starts removes temporary tables from its folder: a shared one would lose those of others.
            command.arg(format!("--tmpdir={}", folder.display()));
            command.args(["--bind-address=127.0.0.1", "--mysqlx=OFF", "--skip-log-bin"]);
            command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF"]);
            command.arg(server::MAX_CONNECTIONS_OPTION).args(options).env("TZ", "UTC");
            if is_small { on_small_disk(&command, &folder.join("data"), &data) } else { command }
        };
        let (running, port) = server::start(prepare, command, ReadyCondition::Greets)?;
        let socket = running.folder().join("socket");
        let client = installation.command("mysql").get_program().into();
        let folder = running.folder().to_owned();
        Ok((
            DatabaseServer::owned(DatabaseAddress { product: TestServerProduct::MySql, port, socket, client }, running),
            folder,
        ))
    };
    start().map_err(|error| Unavailable::new(MYSQL.title, error))
}

fn set_up(installation: &Installation, folder: &Path, lasting: &[&str]) -> io::Result<()> {
    let accounts = folder.join("accounts.sql");
    fs::write(
        &accounts,
        format!(
            "ALTER USER root@localhost IDENTIFIED BY '{ROOT_PASSWORD}';\n\
             CREATE USER root@'%' IDENTIFIED BY '{ROOT_PASSWORD}';\nGRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;\n"
        ),
    )?;
    let mut command = mysqld(installation, &folder.join("data"));
    command.args(lasting).arg("--initialize-insecure").arg(format!("--init-file={}", accounts.display()));
    let output = command.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(())
}

fn mysqld(installation: &Installation, data: &Path) -> Command {
    let mut command = installation.command("mysqld");
    command.arg("--no-defaults").arg(format!("--basedir={}", installation.file("usr").display()));
    command.arg(format!("--datadir={}", data.display()));
    command.arg(format!("--lc-messages-dir={}", installation.file("usr/share/mysql").display()));
    command.arg(format!("--plugin-dir={}", installation.file("usr/lib/mysql/plugin").display()));
    command.args(["--secure-file-priv=", "--innodb-redo-log-capacity=8M", "--innodb-buffer-pool-size=64M"]);
    if server::are_root() {
        command.arg("--user=root");
    }
    command
}
