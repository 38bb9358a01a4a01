//! A folder to run the binary in, and a server that runs until its test ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The binary.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_clusterwright");
/// Passwords that appear nowhere by chance.
pub(crate) const DATABASE_PASSWORD: &str = "Db-canary-31";
pub(crate) const ADMIN_PASSWORD: &str = "Adm1n!canary-32";
/// The variables that `plan example` names.
pub(crate) const SECRETS: [(&str, &str); 2] =
    [("CLUSTERWRIGHT_DB_PASSWORD", DATABASE_PASSWORD), ("CLUSTERWRIGHT_ADMIN_PASSWORD", ADMIN_PASSWORD)];

/// The result of a run: exit code and output.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The folder of one test. Programs run in it, with only the given environment.
pub(crate) struct World {
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with the example's plan in `plan.toml`.
    pub(crate) fn with_example() -> Self {
        let world = Self::new();
        let example = world.run(&["plan", "example"], &[]);
        assert_eq!((example.code, example.stderr.as_str()), (0, ""));
        world.write("plan.toml", &example.stdout);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Replaces a part of a file, which must exist.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{from} is in {text}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// The number, from 1, of the first line of a file that contains `part`.
    pub(crate) fn line(&self, name: &str, part: &str) -> usize {
        let text = fs::read_to_string(self.path(name)).unwrap();
        text.lines().position(|line| line.contains(part)).unwrap() + 1
    }

    /// The names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = (fs::read_dir(self.folder.path()).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(BINARY);
        self.prepare(&mut command);
        command.args(arguments).envs(environment.iter().copied());
        command
    }

    /// The folder, the environment and the pipes of a program that runs here.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    }

    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        Ran::of(self.command(arguments, environment).output().unwrap())
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts an exit code; the message of a failure has the output.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that one line of the error output contains all of `parts`.
    #[track_caller]
    pub(crate) fn complains(&self, parts: &[&str]) {
        let found = self.stderr.lines().any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(found, "{parts:?} in one line of:\n{}", self.stderr);
    }
}

/// The permissions of a file, as `0o600`.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A running server. It is killed when its test ends first.
pub(crate) struct Serving {
    child: Child,
    pub(crate) port: u16,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

impl Serving {
    /// Starts a command and waits for the line with its URL.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let (sender, ready) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            for line in output.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("Clusterwright is ready at http") {
                    let port = address.rsplit_once(':').unwrap().1.split('/').next().unwrap();
                    let _ = sender.send(port.parse::<u16>().unwrap());
                }
                text += &format!("{line}\n");
            }
            text
        });
        let Ok(port) = ready.recv_timeout(Duration::from_secs(60)) else {
            let _ = child.kill();
            panic!("the server did not say where it answers:\n{}", stderr.join().unwrap());
        };
        Self { child, port, stdout, stderr }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGKILL and waits.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and waits; returns exit code, output and duration.
    pub(crate) fn stop(mut self) -> (Ran, Duration) {
        let started = Instant::now();
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        let took = started.elapsed();
        let (stdout, stderr) = self.take_output();
        (Ran { code: status.code().unwrap_or(-1), stdout, stderr }, took)
    }

    /// The log of a server that has ended.
    pub(crate) fn output(&mut self) -> String {
        self.take_output().1
    }

    fn take_output(&mut self) -> (String, String) {
        let nothing = || thread::spawn(String::new);
        let stdout = std::mem::replace(&mut self.stdout, nothing());
        let stderr = std::mem::replace(&mut self.stderr, nothing());
        (stdout.join().unwrap(), stderr.join().unwrap())
    }

    /// A request as curl would send it; returns status, head and body as text.
    pub(crate) fn request(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request_as("", method, path, fields)
    }

    /// Like [`Self::request`], with a cookie.
    pub(crate) fn request_as(&self, cookie: &str, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.send(cookie, method, path, "application/x-www-form-urlencoded", body.finish().as_bytes())
    }

    /// A form with texts, sent like one with files.
    pub(crate) fn multipart(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.multipart_as("", path, fields)
    }

    /// Like [`Self::multipart`], with a cookie.
    pub(crate) fn multipart_as(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let part = |(name, value): &(&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = format!("{}--b--\r\n", fields.iter().map(part).collect::<String>());
        self.send(cookie, "POST", path, "multipart/form-data; boundary=b", body.as_bytes())
    }

    /// A form with one file.
    pub(crate) fn upload(&self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
        self.send("", "POST", path, "multipart/form-data; boundary=b", &body)
    }

    /// The response to a request, to be read as it arrives.
    pub(crate) fn open(&self, path: &str) -> BufReader<TcpStream> {
        self.open_as("", path)
    }

    /// Like [`Self::open`], with a cookie.
    pub(crate) fn open_as(&self, cookie: &str, path: &str) -> BufReader<TcpStream> {
        let mut stream = self.connect();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(head.as_bytes()).unwrap();
        BufReader::new(stream)
    }

    fn send(&self, cookie: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let (head, bytes) = (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes[end + 4..].to_vec());
        let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        let bytes = if is_chunked { unchunked(&bytes) } else { bytes };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default().to_owned();
        Answer { status, location, head, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[])
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("POST", path, fields)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// A new plan of two nodes on this machine; returns its URL, such as `/plans/abc`.
    pub(crate) fn plan(&self) -> String {
        let answer = self.post("/plans", &[("preset", "one-machine"), ("title", "Command line")]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.location.split("/product").next().unwrap().to_owned()
    }
}

/// The stream up to `last`; a stream without further data fails.
pub(crate) fn read_to(stream: &mut BufReader<TcpStream>, last: &str) -> String {
    let mut text = String::new();
    while !text.contains(last) {
        let more = stream.read_line(&mut text).unwrap_or_else(|error| panic!("{last} did not come ({error}): {text}"));
        assert!(more > 0, "the stream ended before {last}: {text}");
    }
    text
}

/// A response of a server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    /// The status line and the headers.
    pub(crate) head: String,
    /// The body as text.
    pub(crate) body: String,
    /// The body as it arrived.
    pub(crate) bytes: Vec<u8>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A body in chunks (RFC 9112, 7.1), joined. What a killed server did not send is left out.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else { break };
        let begin = end + 2;
        body.extend_from_slice(&rest[begin..rest.len().min(begin + size)]);
        rest = rest.get(begin + size + 2..).unwrap_or_default();
    }
    body
}
