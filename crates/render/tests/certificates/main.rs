//! Keys, certificates and keystores, verified by the programs that read them: openssl and keytool. If one of them is
//! not installed, a test that needs it prints one line and does not run.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code: a failure fails the test")]

mod issued;
mod keystores;
mod provided;
mod world;
