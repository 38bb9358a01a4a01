//! US-01 and US-02 against a stand-in that answers with any result code, and against ports without LDAP over TLS: answers
//! that OpenLDAP's server does not give.

use domain::check::CheckId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::directory_faults::{CHECKS, plan};
use crate::support::{serve, wait};

/// LDAP's application tags: those of a request and of its response.
const ANSWERS: [(u8, u8); 2] = [(0x60, 0x61), (0x63, 0x65)];

/// Answers every login with `login` and every search with `search`, both LDAP results.
async fn stand_in(login: u8, search: u8) -> u16 {
    serve(move |mut stream| async move {
        let mut request = [0; 4096];
        while let Ok(count @ 7..) = stream.read(&mut request).await {
            // SEQUENCE, its length in one byte or in as many as the first one states, then the message ID.
            let length = if request[1] & 0x80 == 0 { 1 } else { 1 + usize::from(request[1] & 0x7f) };
            let (id, tag) = (request[length + 3], request[length + 4]);
            assert!(count > length + 4 && request[length + 1..length + 3] == [2, 1], "a number of one byte");
            let Some((_, answer)) = ANSWERS.iter().find(|(asked, _)| *asked == tag) else { return };
            let code = if tag == ANSWERS[0].0 { login } else { search };
            let message = [0x30, 12, 2, 1, id, *answer, 7, 0x0a, 1, code, 4, 0, 4, 0];
            if stream.write_all(&message).await.is_err() {
                return;
            }
        }
    })
    .await
}

#[test]
fn each_result_of_a_login_is_distinguished() {
    for (code, words) in [
        (8, "accepts passwords only over TLS (LDAP result 8)"),
        (13, "accepts passwords only over TLS (LDAP result 13)"),
        (32, "has no entry"),
        (34, "has no entry"),
        (49, "rejects the bind DN"),
        (53, "refuses the bind account (LDAP result 53)"),
    ] {
        wait(async {
            let port = stand_in(code, 0).await;
            plan("ldap", "127.0.0.1", port).run(&CHECKS).await.fails_alone(CheckId::Us01, words);
        });
    }
}

#[test]
fn each_result_of_a_search_is_distinguished() {
    for (code, words) in [
        (32, "does not exist, or the bind account may not read it"),
        (34, "is not a distinguished name"),
        (50, "refuses the search below"),
    ] {
        wait(async {
            let port = stand_in(0, code).await;
            plan("ldap", "127.0.0.1", port).run(&CHECKS).await.fails_alone(CheckId::Us02, words);
        });
    }
}

#[test]
fn an_endless_answer_to_a_login_is_reported() {
    wait(async {
        let port = serve(|mut stream| async move {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(b"\x30\x84\x7f\xff\xff\xff").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let run = plan("ldap", "127.0.0.1", port).run(&CHECKS).await;
        run.fails_alone(CheckId::Us01, "sends more than the answer to a bind");
    });
}

#[test]
fn a_port_without_ldap_over_tls_is_reported() {
    for (answer, closes, words) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], true, "does not speak TLS"),
        // protocol_version
        (b"\x15\x03\x01\x00\x02\x02\x46", true, "supports neither TLS 1.2 nor 1.3 with a current cipher"),
        (b"", true, "closes the connection when TLS starts"),
        (b"", false, "does not answer when TLS starts"),
    ] {
        wait(async {
            let port = serve(move |mut stream| async move {
                let _ = stream.read(&mut [0; 2048]).await;
                let _ = stream.write_all(answer).await;
                if !closes {
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                }
            })
            .await;
            plan("ldaps", "127.0.0.1", port).run(&CHECKS).await.fails_alone(CheckId::Us01, words);
        });
    }
}
