//! The connections between members: each sends its messages over the connection that it has opened, and reads those of the
//! others from the connections that they have opened. A node dials the addresses of its own member list and no other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, sleep_until, timeout};

use crate::membership::members::{Members, Outgoing};
use crate::membership::wire::{MemberIdentity, MemberMessage, read_line};

/// How many connections other members may have open to this one.
const MAX_INCOMING: usize = 64;
/// How long a member may take to greet.
const GREETING_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a node that starts waits for each member, which connects to it before it answers.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a message may take to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait after a connection could not be accepted.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Joins the members that run, and accepts connections of later ones until the node stops: then the task ends, and the port is
/// free.
pub(crate) async fn join(members: &Arc<Members>, listener: TcpListener) -> JoinHandle<()> {
    let accepting = tokio::spawn(accept(members.clone(), listener));
    for address in members.setup.well_known.clone() {
        match timeout(JOIN_TIMEOUT, dial(members, address)).await {
            Ok(Ok((member, outgoing))) => send_to(members, member, outgoing),
            Ok(Err(error)) => tracing::debug!(%address, %error, "no stand-in answers here"),
            Err(_) => tracing::debug!(%address, "a stand-in does not greet"),
        }
    }
    members.finish_joining();
    accepting
}

/// Opens a connection to another member and exchanges the greetings.
#[expect(clippy::disallowed_methods, reason = "a stand-in dials the other members of its cluster")]
async fn dial(members: &Members, address: SocketAddr) -> io::Result<(MemberIdentity, OwnedWriteHalf)> {
    let (incoming, mut outgoing) = TcpStream::connect(address).await?.into_split();
    outgoing.write_all(members.setup.identity.encode().as_bytes()).await?;
    let member = greeting(&mut BufReader::new(incoming)).await?;
    Ok((member, outgoing))
}

async fn greeting(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<MemberIdentity> {
    let line = read_line(reader).await?;
    line.and_then(|line| MemberIdentity::parse(&line)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Adds the member and starts to send it messages; nothing if it is in the list already.
fn send_to(members: &Arc<Members>, member: MemberIdentity, outgoing: OwnedWriteHalf) {
    if let Some(waiting) = members.add(member) {
        tokio::spawn(send(members.clone(), waiting, outgoing));
    }
}

async fn send(members: Arc<Members>, mut waiting: mpsc::Receiver<Outgoing>, mut stream: OwnedWriteHalf) {
    let sending = async {
        while let Some(Outgoing { due, message }) = waiting.recv().await {
            sleep_until(due).await;
            let line = message.encode();
            if !matches!(timeout(SEND_TIMEOUT, stream.write_all(line.as_bytes())).await, Ok(Ok(()))) {
                return;
            }
        }
    };
    tokio::select! {
        () = sending => {}
        () = members.setup.stopping.cancelled() => {}
    }
}

async fn accept(members: Arc<Members>, listener: TcpListener) {
    let slots = Arc::new(Semaphore::new(MAX_INCOMING));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = members.setup.stopping.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            sleep(ACCEPT_RETRY_DELAY).await;
            continue;
        };
        let Ok(slot) = slots.clone().try_acquire_owned() else { continue };
        let members = members.clone();
        tokio::spawn(async move {
            let stopping = members.setup.stopping.clone();
            tokio::select! {
                () = serve(members, stream) => {}
                () = stopping.cancelled() => {}
            }
            drop(slot);
        });
    }
}

/// Reads the messages of a member until it closes the connection, which means that it has left.
async fn serve(members: Arc<Members>, stream: TcpStream) {
    let (incoming, mut outgoing) = stream.into_split();
    let mut reader = BufReader::new(incoming);
    let Ok(Ok(member)) = timeout(GREETING_TIMEOUT, greeting(&mut reader)).await else { return };
    if !members.setup.well_known.contains(&member.address) {
        return;
    }
    if !members.is_joining() && !members.is_known(&member) {
        // It has started after this node. It gets its answer when it is in the list: then its start is complete.
        let Ok(Ok((same, back))) = timeout(GREETING_TIMEOUT, dial(&members, member.address)).await else { return };
        if same != member {
            return;
        }
        members.log_joined(&member);
        send_to(&members, same, back);
    }
    let own = members.setup.identity.encode();
    let is_answered = matches!(timeout(SEND_TIMEOUT, outgoing.write_all(own.as_bytes())).await, Ok(Ok(())));
    while is_answered && let Ok(Some(line)) = read_line(&mut reader).await {
        if let Some(message) = MemberMessage::parse(&line) {
            members.receive(&member, message);
        }
    }
    members.remove(&member);
}
