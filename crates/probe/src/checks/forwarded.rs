//! LB-05: what IS makes of the headers that the load balancer sets. Redirects and discovery show the hostname and port it
//! was given. Which client address it was given shows only in the access log of a node: here a request with a forged
//! address is sent, and the node's probe reads what became of it (`domain::node_report`).

use std::collections::BTreeSet;
use std::time::Instant;

use domain::inputs::Answers;
use domain::node_report::{FORGED_ADDRESS, marker};
use domain::render_plan::fingerprint;
use futures::future::{join, join_all};

use super::front::{self, Front, LATER, REDIRECTING, authority};
use crate::fault::Verdict;
use crate::https;
use crate::shared::{Shared, deadline_from_now};

const OWN_NAME: &str = "redirects and addresses within them carry the hostname and port that clients use";
const OWN_ISSUER: &str = "the issuer and all endpoints carry the hostname and port that clients use";
const REMEDY: &str = "Let the load balancer set Host and X-Forwarded-Host, -Port and -Proto as the generated file does, and use the generated deployment.toml.";
/// Where IS says its issuer, without a login.
const DISCOVERY: &str = "/oauth2/token/.well-known/openid-configuration";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let answers = shared.answers();
    let Some(balancer) = &answers.load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let front = front::of(balancer);
    let deadline = deadline_from_now();
    let places = Places::new(answers, &front);
    let ((redirects, issuer), ()) = join(
        join(redirects(shared, &front, &places, deadline), issuer(shared, &front, &places, deadline)),
        leave_markers(shared, &front, deadline),
    )
    .await;
    vec![redirects, issuer]
}

/// Which places are the cluster's own, and which of them clients use.
struct Places<'a> {
    name: &'a str,
    /// As clients write it, with the port where it is not 443.
    wanted: String,
    with_port: String,
    /// What stands for a node: its address or name.
    nodes: Vec<&'a str>,
}

impl<'a> Places<'a> {
    fn new(answers: &'a Answers, front: &Front<'a>) -> Self {
        let name = front.name;
        Self {
            name,
            wanted: format!("https://{}", authority(front)),
            with_port: format!("https://{name}:{}", front.port),
            nodes: answers
                .nodes
                .iter()
                .flatten()
                .filter_map(|node| node.host.as_ref())
                .map(|host| host.as_str())
                .collect(),
        }
    }

    fn is_clients(&self, place: &str) -> bool {
        place == self.wanted || place == self.with_port
    }

    /// Whether a place within an address is one that no client may be sent to: the hostname with another port or scheme,
    /// or a node. Other places are other systems', such as an identity provider's.
    fn is_wrong(&self, place: &str) -> bool {
        let host = place.split_once("://").map_or("", |(_, authority)| authority);
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let is_own = host == self.name || host == "localhost" || host == "127.0.0.1" || self.nodes.contains(&host);
        is_own && !self.is_clients(place)
    }
}

async fn redirects(shared: &Shared, front: &Front<'_>, places: &Places<'_>, deadline: Instant) -> Verdict {
    let answers = join_all(REDIRECTING.iter().map(|path| front::ask(shared, front, path, "", deadline))).await;
    let mut why_not = None;
    let (mut seen, mut strangers) = (BTreeSet::new(), BTreeSet::new());
    for answer in answers {
        match answer {
            Ok(head) => {
                for location in head.all("location") {
                    let led = place(location);
                    strangers.extend(led.clone().filter(|place| !places.is_clients(place)));
                    let within = within(location).into_iter().filter(|place| Some(place) != led.as_ref());
                    strangers.extend(within.filter(|place| places.is_wrong(place)));
                    seen.extend(led);
                }
            }
            Err(because) => why_not = Some(because),
        }
    }
    let wanted = &places.wanted;
    if let Some(stranger) = strangers.first() {
        Verdict::warned(format!("IS sends browsers to {} instead of {wanted}", shown(stranger)), OWN_NAME)
            .remedy(REMEDY)
    } else if !seen.is_empty() {
        Verdict::passed(format!("IS sends browsers to {wanted}"), OWN_NAME)
    } else {
        let because = why_not.unwrap_or_else(|| "no answer holds a redirect: IS does not run behind it yet".to_owned());
        Verdict::could_not_check(because, OWN_NAME).remedy(LATER)
    }
}

async fn issuer(shared: &Shared, front: &Front<'_>, places: &Places<'_>, deadline: Instant) -> Verdict {
    let later = |because: String| Verdict::could_not_check(because, OWN_ISSUER).remedy(LATER);
    let (to, stream) = match front::connect(shared, front, deadline).await {
        Ok(connected) => connected,
        Err(because) => return later(because),
    };
    let Some((head, document)) = https::get_document(stream, &authority(front), DISCOVERY, deadline).await else {
        return later(format!("{to} does not answer in HTTP"));
    };
    let issuer = value_of(&document, "issuer").as_deref().and_then(place);
    let Some(issuer) = issuer.filter(|_| head.status == 200) else {
        return later(format!("{DISCOVERY} names no issuer (status {}): IS does not run behind it yet", head.status));
    };
    let stranger = if places.is_clients(&issuer) {
        within(&document)
            .into_iter()
            .find(|place| places.is_wrong(place))
            .map(|place| format!("an endpoint at {place}"))
    } else {
        Some(format!("its issuer at {issuer}"))
    };
    match stranger {
        Some(stranger) => {
            Verdict::warned(format!("IS names {} instead of {}", shown(&stranger), places.wanted), OWN_ISSUER)
                .remedy(REMEDY)
        }
        None => Verdict::passed(format!("the issuer is at {}", places.wanted), OWN_ISSUER),
    }
}

/// One request a node, each with a path that stands in no other line of the access log and with a forged address. What the
/// answer is does not matter.
async fn leave_markers(shared: &Shared, front: &Front<'_>, deadline: Instant) {
    let Some(nodes) = shared.answers().nodes.as_deref() else { return };
    let moment = shared.since_1970(Instant::now()).as_secs();
    let path = marker(&fingerprint(nodes), moment);
    let lines = format!("X-Forwarded-For: {FORGED_ADDRESS}\r\nForwarded: for={FORGED_ADDRESS}\r\n");
    join_all(nodes.iter().map(|_| front::ask(shared, front, &path, &lines, deadline))).await;
}

/// Names and ports alone, cut to a length that a name may have.
fn shown(place: &str) -> String {
    place.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

/// Scheme, host and port of an absolute address; a path alone stays where it is.
fn place(location: &str) -> Option<String> {
    let (scheme, rest) = location.split_once("://")?;
    let end = |letter: char| !letter.is_ascii_alphanumeric() && !".-_:[]".contains(letter);
    let authority = rest.split(end).next()?;
    let scheme: String = scheme.chars().rev().take_while(char::is_ascii_alphabetic).collect();
    let scheme: String = scheme.chars().rev().collect();
    Some(format!("{scheme}://{authority}").to_ascii_lowercase())
}

/// The places of all absolute addresses in a text, also of those that are encoded within others.
fn within(text: &str) -> Vec<String> {
    let once = decoded(text);
    let twice = decoded(&once);
    let mut found = Vec::new();
    for text in [text, &once, &twice] {
        let text = text.replace("\\/", "/");
        for (at, _) in text.match_indices("://") {
            let begin = text
                .get(..at)
                .map_or(at, |before| before.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).len());
            let found_here = text.get(begin..).and_then(place);
            found.extend(found_here.filter(|place| place.starts_with("http://") || place.starts_with("https://")));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A text without its percent-encoding; what is no encoding stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(letter) => {
                out.push(letter);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The text of a key in JSON that may be cut off; quotes within the text are not expected.
fn value_of(document: &str, key: &str) -> Option<String> {
    let (_, rest) = document.split_once(&format!("\"{key}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    Some(rest.split_once('"')?.0.replace("\\/", "/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_within_addresses_are_found() {
        let location = "https://login.example.com/oauth2/authorize?client_id=CONSOLE&redirect_uri=\
                        https%3A%2F%2Flogin.example.com%3A9443%2Fconsole&next=a%253Dhttp%253A%252F%252Flocalhost%252F";
        assert_eq!(
            within(location),
            ["http://localhost", "https://login.example.com", "https://login.example.com:9443"]
        );
        assert_eq!(within("/carbon/admin/index.jsp?a=%zz%2"), [] as [&str; 0]);
    }

    #[test]
    fn a_document_names_its_issuer() {
        let document =
            r#"{"issuer" : "https:\/\/login.example.com\/oauth2\/token","jwks_uri":"https://a.example:9443/x"}"#;
        assert_eq!(value_of(document, "issuer").as_deref(), Some("https://login.example.com/oauth2/token"));
        assert_eq!(within(document), ["https://a.example:9443", "https://login.example.com"]);
        assert_eq!(value_of("{}", "issuer"), None);
        assert_eq!(value_of("{\"issuer\":\"cut", "issuer"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_searched(text in "\\PC{0,80}|(%[0-9a-f]{0,2}|://|http|:|é){0,20}") {
            within(&text);
            value_of(&text, "issuer");
        }
    }
}
