//! Cancelling closes every socket at once.

use std::time::Duration;

use domain::check::{CheckEvent, CheckId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::support::{DATABASE, Plan, listen, wait};

#[test]
fn cancel_closes_sockets_and_ends_the_run() {
    wait(async {
        let (listener, port) = listen().await;
        let (cancel, cancelled) = oneshot::channel::<()>();
        // The other side: accepts, cancels once it has the connection, and must see its end.
        let other_side = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            cancel.send(()).unwrap();
            timeout(Duration::from_secs(2), stream.read(&mut [0; 64])).await.expect("the socket stays open")
        });
        let mut plan = Plan::at(port);
        plan.node("is-1", "127.0.0.1", port);
        let ids: Vec<CheckId> = DATABASE.iter().copied().chain([CheckId::Lb01]).collect();
        let run = plan.run_until(&ids, |_| {}, async { cancelled.await.unwrap() }).await;
        assert!(run.took < Duration::from_secs(1), "{:?}", run.took);
        assert!(matches!(run.events.last(), Some(CheckEvent::RunFinished { cancelled: true, .. })));
        assert!(matches!(other_side.await.unwrap(), Ok(0) | Err(_)));
        assert!(run.report().checks.values().any(|state| *state == domain::check::CheckState::Cancelled));
    });
}

#[test]
fn cancel_in_the_middle_of_a_login_closes_that_too() {
    wait(async {
        let (listener, port) = listen().await;
        let (cancel, cancelled) = oneshot::channel::<()>();
        let mut greeting = b"\x58\0\0\0\x0a8.0.36\0\x01\0\0\0saltsalt\0\xff\xf7\x08\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0".to_vec();
        greeting[0] = u8::try_from(greeting.len() - 4).unwrap();
        let other_side = tokio::spawn(async move {
            // The first connection is for the greeting alone.
            let (mut first, _) = listener.accept().await.unwrap();
            first.write_all(&greeting).await.unwrap();
            let (mut login, _) = listener.accept().await.unwrap();
            login.write_all(&greeting).await.unwrap();
            let mut header = [0; 4];
            login.read_exact(&mut header).await.unwrap();
            cancel.send(()).unwrap();
            timeout(Duration::from_secs(2), login.read_to_end(&mut Vec::new())).await.expect("the socket stays open")
        });
        let run = Plan::at(port).run_until(&DATABASE, |_| {}, async { cancelled.await.unwrap() }).await;
        assert!(run.took < Duration::from_secs(2), "{:?}", run.took);
        let _ = other_side.await.unwrap();
    });
}

#[test]
fn dropping_the_run_closes_sockets_too() {
    wait(async {
        let (listener, port) = listen().await;
        let plan = Plan::at(port);
        let mut run = Box::pin(plan.run(&DATABASE));
        let mut stream = tokio::select! {
            accepted = listener.accept() => accepted.unwrap().0,
            _ = &mut run => panic!("the run ended"),
        };
        drop(run);
        let end = timeout(Duration::from_secs(2), stream.read(&mut [0; 64])).await.expect("the socket stays open");
        assert!(matches!(end, Ok(0) | Err(_)));
    });
}
