//! The configuration files of NGINX and HAProxy as lists of directives, and the versions of each directive.
//!
//! Only directives of the generated files are known; others are for the product's own check.

use crate::sites::reported;

use crate::values::LoadBalancerVersion;

/// One directive with its enclosing blocks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Directive {
    /// Names of the enclosing blocks, such as `server` and `location`; for HAProxy the section.
    pub(super) within: Vec<String>,
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    /// Counts from 1.
    pub(super) line: usize,
}

impl Directive {
    /// Whether it is directly in a block of this name.
    pub(super) fn is_in(&self, block: &str) -> bool {
        self.within.last().is_some_and(|name| name == block)
    }

    pub(super) fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
    }
}

/// Parses an NGINX file: words, quotes, comments, blocks.
///
/// # Errors
/// The syntax error, as half a sentence.
pub(super) fn nginx(text: &str) -> Result<Vec<Directive>, String> {
    let (mut found, mut within, mut words) = (Vec::new(), Vec::<String>::new(), Vec::<String>::new());
    let (mut line, mut began) = (1, 1);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => line += 1,
            '#' => while letters.next_if(|next| *next != '\n').is_some() {},
            ';' | '{' => {
                let mut all = std::mem::take(&mut words).into_iter();
                let Some(name) = all.next() else {
                    return Err(reported(format!("line {line} has {letter} without a directive")));
                };
                found.push(Directive {
                    within: within.clone(),
                    name: name.clone(),
                    arguments: all.collect(),
                    line: began,
                });
                if letter == '{' {
                    within.push(name);
                }
            }
            '}' if !words.is_empty() => return Err(reported(format!("line {began} lacks its semicolon"))),
            '}' => {
                within.pop().ok_or_else(|| reported(format!("line {line} closes a block that was never opened")))?;
            }
            blank if blank.is_whitespace() => {}
            first => {
                if words.is_empty() {
                    began = line;
                }
                words.push(next_word(first, &mut letters, &mut line)?);
            }
        }
    }
    match (words.is_empty(), within.last()) {
        (false, _) => Err(reported(format!("line {began} lacks its semicolon"))),
        (_, Some(open)) => Err(reported(format!("the block {open} is not closed"))),
        _ => Ok(found),
    }
}

type CharStream<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// One word, without its quotes. `$name` and `${name}` are part of it.
fn next_word(first: char, letters: &mut CharStream<'_>, line: &mut usize) -> Result<String, String> {
    let mut word = String::new();
    if first == '"' || first == '\'' {
        let start = *line;
        loop {
            match letters.next() {
                Some(end) if end == first => return Ok(word),
                Some('\\') => word.extend(letters.next()),
                Some(letter) => {
                    *line += usize::from(letter == '\n');
                    word.push(letter);
                }
                None => return Err(reported(format!("line {start} has a quote that is not closed"))),
            }
        }
    }
    word.push(first);
    loop {
        let ends = |letter: &char| letter.is_whitespace() || matches!(letter, ';' | '{');
        match letters.peek() {
            Some('{') if word.ends_with('$') => word.extend(letters.next()),
            Some(letter) if !ends(letter) => word.extend(letters.next()),
            _ => return Ok(word),
        }
    }
}

/// The sections of an HAProxy file.
const HAPROXY_SECTIONS: [&str; 5] = ["global", "defaults", "frontend", "backend", "listen"];

/// Parses an HAProxy file: sections, and one directive per line.
///
/// # Errors
/// A line before the first section, as half a sentence.
pub(super) fn haproxy(text: &str) -> Result<Vec<Directive>, String> {
    let (mut found, mut within) = (Vec::new(), Vec::new());
    for (line, content) in (1..).zip(text.lines()) {
        let mut words = haproxy_words(content).into_iter();
        let Some(name) = words.next() else { continue };
        if HAPROXY_SECTIONS.contains(&name.as_str()) {
            within = vec![name];
            continue;
        }
        if within.is_empty() {
            return Err(reported(format!("line {line} is before any section")));
        }
        found.push(Directive { within: within.clone(), name, arguments: words.collect(), line });
    }
    Ok(found)
}

fn haproxy_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' => word.extend(letters.next()),
            '#' if !quoted => break,
            blank if blank.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

const fn version(major: u16, minor: u16, patch: u16) -> LoadBalancerVersion {
    LoadBalancerVersion { major, minor, patch }
}

/// A directive, the first version that has it, and the first version without it.
type VersionRange = (&'static str, Option<LoadBalancerVersion>, Option<LoadBalancerVersion>);

/// NGINX from 1.18 on (nginx.org/en/CHANGES; the limits of ssl, http2 and sticky were tested on 1.22.1 and 1.30.6).
const NGINX_DIRECTIVES: &[VersionRange] = &[
    ("add_header", None, None),
    ("client_max_body_size", None, None),
    ("hash", None, None),
    ("http2", Some(version(1, 25, 1)), None),
    ("ip_hash", None, None),
    ("keepalive", None, None),
    ("large_client_header_buffers", None, None),
    ("least_conn", None, None),
    ("listen", None, None),
    ("location", None, None),
    ("map", None, None),
    ("proxy_buffer_size", None, None),
    ("proxy_buffers", None, None),
    ("proxy_busy_buffers_size", None, None),
    ("proxy_connect_timeout", None, None),
    ("proxy_http_version", None, None),
    ("proxy_pass", None, None),
    ("proxy_read_timeout", None, None),
    ("proxy_send_timeout", None, None),
    ("proxy_set_header", None, None),
    ("proxy_ssl_name", None, None),
    ("proxy_ssl_protocols", None, None),
    ("proxy_ssl_server_name", None, None),
    ("proxy_ssl_trusted_certificate", None, None),
    ("proxy_ssl_verify", None, None),
    ("proxy_ssl_verify_depth", None, None),
    ("return", None, None),
    ("server", None, None),
    ("server_name", None, None),
    ("ssl", None, Some(version(1, 25, 1))),
    ("ssl_certificate", None, None),
    ("ssl_certificate_key", None, None),
    ("ssl_ciphers", None, None),
    ("ssl_conf_command", Some(version(1, 19, 4)), None),
    ("ssl_prefer_server_ciphers", None, None),
    ("ssl_protocols", None, None),
    ("ssl_session_cache", None, None),
    ("ssl_session_timeout", None, None),
    ("sticky", Some(version(1, 29, 6)), None),
    ("upstream", None, None),
];

/// HAProxy from 2.2 on (its configuration manual).
const HAPROXY_DIRECTIVES: &[VersionRange] = &[
    ("balance", None, None),
    ("bind", None, None),
    ("chroot", None, None),
    ("cookie", None, None),
    ("daemon", None, None),
    ("default-server", None, None),
    ("default_backend", None, None),
    ("group", None, None),
    ("hash-type", None, None),
    ("http-check", None, None),
    ("http-request", None, None),
    ("http-response", None, None),
    ("log", None, None),
    ("maxconn", None, None),
    ("mode", None, None),
    ("option", None, None),
    ("server", None, None),
    ("ssl-default-bind-ciphers", None, None),
    ("ssl-default-bind-options", None, None),
    ("ssl-default-server-options", None, None),
    ("stats", None, None),
    ("timeout", None, None),
    ("tune.bufsize", None, None),
    ("user", None, None),
];

/// Why a version does not accept a directive, as half a sentence; `None` if it does.
pub(super) fn incompatibility(directive: &Directive, is_nginx: bool, asked: LoadBalancerVersion) -> Option<String> {
    // The lines of a map are values, not directives.
    if directive.is_in("map") {
        return None;
    }
    let name = directive.name.as_str();
    let table = if is_nginx { NGINX_DIRECTIVES } else { HAPROXY_DIRECTIVES };
    match table.iter().find(|(known, ..)| *known == name) {
        None => Some(reported(format!("{name} is not a tested directive"))),
        Some((_, Some(since), _)) if asked < *since => {
            Some(reported(format!("{name} requires {}.{}.{}", since.major, since.minor, since.patch)))
        }
        Some((_, _, Some(until))) if asked >= *until => {
            Some(reported(format!("{name} was removed in {}.{}.{}", until.major, until.minor, until.patch)))
        }
        Some(_) => None,
    }
}
