//! The signals by which a person or the system ends the program.

use tokio::signal::unix::{SignalKind, signal};

/// Ends at SIGINT or SIGTERM. From this call on, they do not end the process any more, also before the future is polled.
pub(super) fn stop_signal() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
