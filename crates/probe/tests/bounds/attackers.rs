//! Servers that accept every login and then send attacks, encrypted or not.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::wire;

/// What a server sends in answer to the first request: `first` once, then `again` without end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attack {
    pub(crate) first: Vec<u8>,
    pub(crate) again: Vec<u8>,
}

/// A server of an attacker.
pub(crate) struct Attacker {
    pub(crate) port: u16,
    sent: Arc<AtomicU64>,
}

impl Attacker {
    /// How many bytes of attacks the kernel accepted from it.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

async fn serve<F: Future<Output = std::io::Result<()>> + Send + 'static>(
    talk: impl Fn(TcpStream, Arc<AtomicU64>) -> F + Send + 'static,
) -> Attacker {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The attacked side closes the connection.
            tokio::spawn(talk(stream, Arc::clone(&counted)));
        }
    });
    Attacker { port, sent }
}

pub(crate) fn acceptor() -> TlsAcceptor {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn attack(stream: &mut (impl AsyncWrite + Unpin), attack: &Attack, sent: &AtomicU64) -> std::io::Result<()> {
    stream.write_all(&attack.first).await?;
    sent.fetch_add(attack.first.len() as u64, Ordering::Relaxed);
    while !attack.again.is_empty() {
        stream.write_all(&attack.again).await?;
        sent.fetch_add(attack.again.len() as u64, Ordering::Relaxed);
    }
    // Silent, with an open connection.
    std::future::pending().await
}

async fn take_packet(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
    stream.read_exact(&mut vec![0; length]).await.map(drop)
}

async fn answer_mysql(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    sequence: u8,
    with: &Attack,
    sent: &AtomicU64,
) -> std::io::Result<()> {
    take_packet(&mut stream).await?;
    stream.write_all(&wire::ok(sequence, 2)).await?;
    take_packet(&mut stream).await?;
    attack(&mut stream, with, sent).await
}

/// A MySQL server that accepts every login.
pub(crate) async fn mysql(with: Attack) -> Attacker {
    serve(move |mut stream, sent| {
        let with = with.clone();
        async move {
            stream.write_all(&wire::greeting()).await?;
            answer_mysql(stream, 2, &with, &sent).await
        }
    })
    .await
}

/// The same inside TLS, which hides the packets.
pub(crate) async fn mysql_in_tls(with: Attack) -> Attacker {
    let acceptor = acceptor();
    serve(move |mut stream, sent| {
        let (with, acceptor) = (with.clone(), acceptor.clone());
        async move {
            stream.write_all(&wire::greeting()).await?;
            take_packet(&mut stream).await?;
            answer_mysql(acceptor.accept(stream).await?, 3, &with, &sent).await
        }
    })
    .await
}

/// A server that sends the attack at once, as MySQL's greeting or instead of it.
pub(crate) async fn at_once(with: Attack) -> Attacker {
    serve(move |mut stream, sent| {
        let with = with.clone();
        async move { attack(&mut stream, &with, &sent).await }
    })
    .await
}

async fn answer_ldap(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    with: &Attack,
    sent: &AtomicU64,
) -> std::io::Result<()> {
    let mut request = [0; 4096];
    if stream.read(&mut request).await? == 0 {
        return Ok(());
    }
    stream.write_all(&wire::ldap_done(1, 0x61)).await?;
    if stream.read(&mut request).await? == 0 {
        return Ok(());
    }
    attack(&mut stream, with, sent).await
}

/// A directory that accepts every login.
pub(crate) async fn ldap(with: Attack) -> Attacker {
    serve(move |stream, sent| {
        let with = with.clone();
        async move { answer_ldap(stream, &with, &sent).await }
    })
    .await
}

/// The same inside TLS.
pub(crate) async fn ldap_in_tls(with: Attack) -> Attacker {
    let acceptor = acceptor();
    serve(move |stream, sent| {
        let (with, acceptor) = (with.clone(), acceptor.clone());
        async move { answer_ldap(acceptor.accept(stream).await?, &with, &sent).await }
    })
    .await
}

/// A web server inside TLS that answers every request with the attack.
pub(crate) async fn https(with: Attack) -> Attacker {
    let acceptor = acceptor();
    serve(move |stream, sent| {
        let (with, acceptor) = (with.clone(), acceptor.clone());
        async move {
            let mut stream = acceptor.accept(stream).await?;
            let _request = stream.read(&mut [0; 2048]).await?;
            attack(&mut stream, &with, &sent).await
        }
    })
    .await
}
