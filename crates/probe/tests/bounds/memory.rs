//! How much memory this process uses: resident bytes, as the kernel counts them.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The limit of four runs together, in KiB.
const MAX_GROWTH_KIB: u64 = 32 << 10;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The growth of the process since this value was created.
pub(crate) struct Growth {
    before: u64,
    _turn: MutexGuard<'static, ()>,
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

impl Growth {
    pub(crate) fn measure() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        // Resets the peak (proc(5), clear_refs).
        fs::write("/proc/self/clear_refs", "5").unwrap();
        Self { before: status("VmRSS"), _turn: turn }
    }

    /// Asserts that the process never used more than the limit.
    #[track_caller]
    pub(crate) fn is_small(&self, what: &str) {
        let grown = status("VmHWM").saturating_sub(self.before);
        println!("{what}: {grown} KiB more at most, of {} KiB", self.before);
        assert!(grown <= MAX_GROWTH_KIB, "{what}: the process grew by {grown} KiB");
    }
}
