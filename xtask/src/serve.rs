//! `cargo xtask serve`: builds what changed, starts the wizard, and prints its address once it answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use testbed::process::{ChildProcess, StopSignal};

use crate::build;
use crate::workspace::Workspace;

/// What the server writes to its standard output when it has taken its port.
const READY_PREFIX: &str = "Clusterwright is ready at ";

/// What `cargo xtask serve` takes.
#[derive(clap::Args)]
pub(crate) struct ServeOptions {
    #[command(flatten)]
    build: build::BuildOptions,
    /// Arguments for `clusterwright serve`, after `--`
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Builds, starts, announces, and stays until the server ends.
///
/// # Errors
/// When the build fails or the server does not answer. A server that ends by itself passes its exit code on.
pub(crate) fn run(workspace: &Workspace, options: &ServeOptions) -> Result<ExitCode> {
    let binary = build::run(workspace, &options.build)?;
    let mut command = Command::new(&binary);
    command.arg("serve").args(&options.arguments);
    let mut server = ChildProcess::start(&command, StopSignal::Gently, Stdio::piped(), Stdio::inherit())
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let output = server.take_output().ok_or_else(|| anyhow!("the output of the server is not piped"))?;
    let reader = thread::spawn(move || announce(BufReader::new(output)));
    let status = server.wait().context("cannot wait for the server")?;
    // The reader ends with the server's output.
    if let Ok(outcome) = reader.join() {
        outcome?;
    }
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Passes the server's output on, and after its ready line asks it for its health before naming the address.
fn announce(output: impl std::io::BufRead) -> Result<()> {
    for line in output.lines() {
        let line = line.context("cannot read the server's output")?;
        match line.strip_prefix(READY_PREFIX) {
            Some(address) => {
                let health = is_ready(address, "/healthz")?;
                if !health.starts_with("HTTP/1.1 200") && !health.starts_with("HTTP/1.0 200") {
                    println!("{address} answers, but is not healthy: {health}");
                } else {
                    println!("\n  Open {address}   (Ctrl-C stops it)\n");
                }
            }
            None => println!("{line}"),
        }
    }
    Ok(())
}

/// The first line of the answer to a GET.
fn is_ready(address: &str, path: &str) -> Result<String> {
    let host = address.trim().trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).with_context(|| format!("cannot connect to {host}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    BufReader::new(stream.take(1024))
        .read_line(&mut answer)
        .with_context(|| format!("cannot request {address}{path}"))?;
    Ok(answer.trim_end().to_owned())
}
