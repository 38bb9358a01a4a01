//! What a client may send at most, and what happens with the rest.
#![expect(clippy::disallowed_methods, reason = "a test dials nodes that it started")]

use std::net::SocketAddr;

use standin::StandInVersion;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{ADMIN, Site, USERS, basic, healthy};

#[tokio::test]
async fn a_body_has_a_limit() {
    let site = healthy(StandInVersion::V7_2).await;
    let authorization = basic(ADMIN);
    let post = async |length| {
        let headers = [("authorization", authorization.as_str())];
        site.send(1, "POST", USERS, &headers, vec![b' '; length]).await.status
    };
    assert_eq!((post(1 << 20).await, post((1 << 20) + 1).await), (400, 413));
}

#[tokio::test]
async fn any_path_and_body_has_an_answer() {
    let site = healthy(StandInVersion::V7_2).await;
    let authorization = basic(ADMIN);
    let paths = [
        "//",
        "/%00",
        "/t/carbon.super/scim2/Users",
        "/scim2/Users/a/b/c",
        "/scim2/Users?startIndex=99999999999999999999",
        "/api/server/v1/applications/a/b/c/d",
        "/oauth2/authorize?redirect_uri=%0d%0aX:y&client_id=CONSOLE",
        "/oauth2/token/.well-known/x",
        "/authenticationendpoint/none.do",
        "/oidc/logout?id_token_hint=a.b.c",
    ];
    for method in ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"] {
        for path in paths {
            for body in ["", "{", "[]", "{\"Operations\": [1]}", "token=%ff&grant_type="] {
                let reply = site.send(1, method, path, &[("authorization", &authorization)], body).await;
                assert!((200..500).contains(&reply.status), "{method} {path} {body}: {}", reply.status);
            }
        }
    }
}

/// Whether the other end closes the connection after `sent`, without having sent anything.
async fn is_refused(address: SocketAddr, sent: &[u8]) -> bool {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(sent).await;
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    received.is_empty()
}

#[tokio::test]
async fn members_accept_no_one_else() {
    let site = healthy(StandInVersion::V7_2).await;
    let members = site.cluster.members("is-1").unwrap();
    let log = site.cluster.log("is-1").unwrap();
    let stranger = b"clusterwright-stand-in 1 00000000-0000-4000-8000-000000000000 stranger 127.0.0.1:1 1\n";
    for sent in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[b'a'; 4096], stranger, b"\n", b""] {
        assert!(is_refused(members[0].address, sent).await, "{sent:?}");
    }
    assert_eq!(site.cluster.members("is-1").unwrap(), members);
    assert_eq!(site.cluster.log("is-1").unwrap(), log);
}

#[tokio::test]
async fn a_port_of_https_speaks_no_plain_http() {
    let site: Site = healthy(StandInVersion::V7_2).await;
    let mut stream = TcpStream::connect(site.address(1)).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    assert!(!String::from_utf8_lossy(&received).contains("HTTP/1.1 200"));
}
