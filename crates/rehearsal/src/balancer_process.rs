//! The process of the load balancer: started so that it cannot outlive its record, logged, and ended.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::children;
use crate::error::RehearsalError;
use crate::log::{LOAD_BALANCER_SOURCE, RehearsalLog};
use crate::process::ProcessIdentity;
use crate::program::LoadBalancerProgram;

/// How long the program may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(10);
const START_POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long it may take to end after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// How many lines of its output an error shows.
const MAX_SHOWN_LINES: usize = 20;

/// Waits for a line before it becomes the program: until then the process is in the list of children, or has ended with its parent.
const WAITING_START: &str = "read -r start && exec \"$@\" </dev/null";

/// A running load balancer. It is killed when this is dropped.
pub(crate) struct BalancerProcess {
    child: Child,
    identity: ProcessIdentity,
    reading: Vec<JoinHandle<()>>,
    shown: Arc<Mutex<VecDeque<String>>>,
}

impl BalancerProcess {
    /// Starts the program with a configuration, and waits until it listens on `port`. `path` is the file of the bundle, for errors.
    pub(crate) async fn start(
        program: &LoadBalancerProgram,
        folder: &Path,
        configuration: &Path,
        port: u16,
        path: &str,
        log: &RehearsalLog,
    ) -> Result<Self, RehearsalError> {
        let failed = |source| RehearsalError::Run { program: program.path.clone(), source };
        let mut process = Self::spawn(program, folder, configuration, log).await.map_err(failed)?;
        match process.wait_until_it_listens(port).await.map_err(failed)? {
            true => Ok(process),
            false => {
                let output = process.output().await;
                Err(RehearsalError::BalancerStart { title: program.title(), path: path.to_owned(), output })
            }
        }
    }

    async fn spawn(
        program: &LoadBalancerProgram,
        folder: &Path,
        configuration: &Path,
        log: &RehearsalLog,
    ) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", WAITING_START, "sh"]).arg(&program.path).args(program.arguments(folder, configuration));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(folder);
        // A signal of the terminal reaches only the rehearsal, which ends the load balancer.
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let identity = child.id().and_then(ProcessIdentity::of);
        let identity = identity.ok_or_else(|| io::Error::other("the process ended at once"))?;
        children::add(folder, &identity)?;
        let shown = Arc::default();
        let mut reading = Vec::new();
        reading.extend(stdout.map(|output| tokio::spawn(read(output, log.clone(), Arc::clone(&shown)))));
        reading.extend(stderr.map(|output| tokio::spawn(read(output, log.clone(), Arc::clone(&shown)))));
        let process = Self { child, identity, reading, shown };
        if let Some(mut stdin) = stdin {
            stdin.write_all(b"start\n").await?;
        }
        Ok(process)
    }

    /// Whether the program listens, rather than having ended or taken too long.
    async fn wait_until_it_listens(&mut self, port: u16) -> io::Result<bool> {
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline && self.child.try_wait()?.is_none() {
            if accepts(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
                return Ok(true);
            }
            sleep(START_POLL_INTERVAL).await;
        }
        Ok(false)
    }

    /// The last lines that the program printed; it is killed.
    async fn output(mut self) -> String {
        let _ = self.child.kill().await;
        for reading in self.reading {
            let _ = timeout(STOP_TIMEOUT, reading).await;
        }
        let shown = self.shown.lock();
        shown.iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Ends the program.
    pub(crate) async fn stop(mut self) {
        // A program that cannot be asked is killed below.
        let _ = self.identity.signal(Signal::TERM);
        if timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rehearsal waits for the load balancer that it has started, at loopback"
)]
async fn accepts(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_ok()
}

async fn read(output: impl AsyncRead + Unpin, log: RehearsalLog, shown: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line).into_owned();
        log.write(LOAD_BALANCER_SOURCE, &line);
        let mut shown = shown.lock();
        if shown.len() >= MAX_SHOWN_LINES {
            shown.pop_front();
        }
        shown.push_back(line);
    }
}
