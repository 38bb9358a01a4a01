//! A child process that does not outlive us, however we end.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Starts the program and stops it when our end of the pipe closes, which the system does for us even when we are
/// killed. What it waits for first, program or pipe, ends both. `$1` is the signal, the rest is the program.
const GUARD_SCRIPT: &str = r#"
signal=$1; shift
trap '' INT
exec 3<&0
"$@" 3<&- </dev/null & program=$!
{ read -r _ <&3; kill "-$signal" "$program"; } >/dev/null 2>&1 & guard=$!
exec 3<&-
wait "$program"; status=$?
kill "$guard" 2>/dev/null
exit "$status"
"#;

/// How a [`ChildProcess`] program is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// It may finish what it does (SIGTERM).
    Gently,
    /// It leaves what it does and tidies up outside its folder (SIGQUIT): `PostgreSQL`, which holds memory of the system's.
    Quickly,
    /// At once (SIGKILL): for servers whose data is thrown away.
    AtOnce,
}

/// A running program, stopped when this is dropped and also when our process dies. Unix only.
#[derive(Debug)]
pub struct ChildProcess {
    guard: Child,
}

impl ChildProcess {
    /// Starts the program with its arguments, environment and folder. `output` receives its standard output and
    /// error output; it has no input.
    ///
    /// # Errors
    /// When there is no `sh`. A program that does not exist ends with status 127.
    pub fn start(
        command: &Command,
        stop: StopSignal,
        output: impl Into<Stdio>,
        errors: impl Into<Stdio>,
    ) -> io::Result<Self> {
        let signal = match stop {
            StopSignal::Gently => "TERM",
            StopSignal::Quickly => "QUIT",
            StopSignal::AtOnce => "KILL",
        };
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD_SCRIPT, "sh", signal]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guard.env(name, value),
                None => guard.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guard.current_dir(folder);
        }
        let guard = guard.stdin(Stdio::piped()).stdout(output).stderr(errors).spawn()?;
        Ok(Self { guard })
    }

    /// The program's standard output, when `Stdio::piped()` was asked for. Once.
    pub fn take_output(&mut self) -> Option<std::process::ChildStdout> {
        self.guard.stdout.take()
    }

    /// The status of the program, when it has ended by itself.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.guard.try_wait()
    }

    /// Waits until the program ends by itself.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        // `Child::wait` would close the pipe, which stops the program.
        let pipe = self.guard.stdin.take();
        let status = self.guard.wait();
        drop(pipe);
        status
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // No caller is left to receive an error; the guard ends as soon as the program has.
        drop(self.guard.wait());
    }
}
