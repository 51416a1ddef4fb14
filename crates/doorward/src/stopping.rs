//! Being asked to stop: the first signal ends the server in order, the second one at once.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell calls an end by the interrupt signal.
const INTERRUPTED: i32 = 130;

/// SIGTERM and SIGINT.
pub(crate) struct Stopping {
    terminate: Signal,
    interrupt: Signal,
}

impl Stopping {
    /// Listens from now on; the signals no longer end the process by themselves.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Completes with the next signal.
    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Ends the process with the next signal. What was acknowledged is on the disk already; open requests are cut.
    pub(crate) fn end_when_asked_again(mut self) {
        tokio::spawn(async move {
            self.asked().await;
            eprintln!("doorward: asked again, ends at once");
            process::exit(INTERRUPTED);
        });
    }
}
