//! The configuration files of NGINX and HAProxy as lists of directives, and the versions of each directive.
//!
//! Only directives of the generated files are known; others are for the product's own check.

use std::ops::Range;

use crate::sites::reported;
use crate::steps::LoadBalancerKind;
use crate::values::LoadBalancerVersion;

/// One directive of a load balancer's file with its enclosing blocks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Directive {
    /// Names of the enclosing blocks, such as `server` and `location`; for HAProxy the section.
    pub within: Vec<String>,
    /// Its first word.
    pub name: String,
    /// The further words, without quotes.
    pub arguments: Vec<String>,
    /// Where each word is in the file, in bytes, with its quotes: the name first, then the arguments.
    pub places: Vec<Range<usize>>,
    /// Counts from 1.
    pub line: usize,
}

impl Directive {
    /// The directives of a load balancer's file, in their order.
    ///
    /// # Errors
    /// The syntax error, as half a sentence.
    pub fn read(text: &str, kind: LoadBalancerKind) -> Result<Vec<Self>, String> {
        match kind {
            LoadBalancerKind::Nginx => nginx(text),
            LoadBalancerKind::HaProxy => haproxy(text),
        }
    }

    fn of(words: Vec<Word>, within: Vec<String>, line: usize) -> Option<Self> {
        let places = words.iter().map(|word| word.place.clone()).collect();
        let mut texts = words.into_iter().map(|word| word.text);
        Some(Self { within, name: texts.next()?, arguments: texts.collect(), places, line })
    }

    /// Whether it is directly in a block of this name.
    #[must_use]
    pub fn is_in(&self, block: &str) -> bool {
        self.within.last().is_some_and(|name| name == block)
    }

    /// The argument at `place`, which counts from 0; empty if it has fewer.
    #[must_use]
    pub fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
    }
}

/// A word without its quotes, and where it is in the file with them.
struct Word {
    text: String,
    place: Range<usize>,
}

/// Parses an NGINX file: words, quotes, comments, blocks.
///
/// # Errors
/// The syntax error, as half a sentence.
fn nginx(text: &str) -> Result<Vec<Directive>, String> {
    let (mut found, mut within, mut words) = (Vec::new(), Vec::<String>::new(), Vec::<Word>::new());
    let (mut line, mut began) = (1, 1);
    let text_end = text.len();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\n' => line += 1,
            '#' => while letters.next_if(|(_, next)| *next != '\n').is_some() {},
            ';' | '{' => {
                let Some(directive) = Directive::of(std::mem::take(&mut words), within.clone(), began) else {
                    return Err(reported(format!("line {line} has {letter} without a directive")));
                };
                if letter == '{' {
                    within.push(directive.name.clone());
                }
                found.push(directive);
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
                let text = next_word(first, &mut letters, &mut line)?;
                words.push(Word { text, place: at..letters.peek().map_or(text_end, |(end, _)| *end) });
            }
        }
    }
    match (words.is_empty(), within.last()) {
        (false, _) => Err(reported(format!("line {began} lacks its semicolon"))),
        (_, Some(open)) => Err(reported(format!("the block {open} is not closed"))),
        _ => Ok(found),
    }
}

type CharStream<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// One word, without its quotes. `$name` and `${name}` are part of it.
fn next_word(first: char, letters: &mut CharStream<'_>, line: &mut usize) -> Result<String, String> {
    let mut word = String::new();
    if first == '"' || first == '\'' {
        let start = *line;
        loop {
            match letters.next().map(|(_, letter)| letter) {
                Some(end) if end == first => return Ok(word),
                Some('\\') => word.extend(letters.next().map(|(_, letter)| letter)),
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
            Some((_, letter)) if !ends(letter) || (*letter == '{' && word.ends_with('$')) => {
                word.extend(letters.next().map(|(_, letter)| letter));
            }
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
fn haproxy(text: &str) -> Result<Vec<Directive>, String> {
    let (mut found, mut within, mut start) = (Vec::new(), Vec::new(), 0);
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        let words = haproxy_words(content, start);
        start += content.len();
        let Some(directive) = Directive::of(words, within.clone(), line) else { continue };
        if HAPROXY_SECTIONS.contains(&directive.name.as_str()) {
            within = vec![directive.name];
            continue;
        }
        if within.is_empty() {
            return Err(reported(format!("line {line} is before any section")));
        }
        found.push(directive);
    }
    Ok(found)
}

/// The words of a line that begins `start` bytes after the beginning of the file.
fn haproxy_words(line: &str, start: usize) -> Vec<Word> {
    let (mut words, mut word, mut quoted, mut first) = (Vec::new(), String::new(), false, None);
    let mut end_word = |word: &mut String, first: &mut Option<usize>, end: usize| {
        let began = first.take();
        if let (Some(began), false) = (began, word.is_empty()) {
            words.push(Word { text: std::mem::take(word), place: start + began..start + end });
        }
    };
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '#' if !quoted => {
                end_word(&mut word, &mut first, at);
                break;
            }
            blank if blank.is_whitespace() && !quoted => end_word(&mut word, &mut first, at),
            other => {
                first.get_or_insert(at);
                match other {
                    '"' => quoted = !quoted,
                    '\\' => word.extend(letters.next().map(|(_, letter)| letter)),
                    other => word.push(other),
                }
            }
        }
    }
    end_word(&mut word, &mut first, line.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words_at_their_places(text: &str, kind: LoadBalancerKind) -> Vec<String> {
        let directives = Directive::read(text, kind).unwrap();
        let words = directives.iter().flat_map(|directive| &directive.places);
        words.map(|place| text[place.clone()].to_owned()).collect()
    }

    #[test]
    fn each_word_is_found_at_its_place() {
        let text = "# ü\nserver { # \"\n listen 443 ssl;server_name \"ä \\\" b\"; set ${a}b;}";
        let words = ["server", "listen", "443", "ssl", "server_name", "\"ä \\\" b\"", "set", "${a}b"];
        assert_eq!(words_at_their_places(text, LoadBalancerKind::Nginx), words);
        let text = "global # ü\n  log \"a b\" x#y\n\nfrontend f\n\tbind \":80\" \"\"\tssl";
        let words = ["log", "\"a b\"", "x", "bind", "\":80\"", "ssl"];
        assert_eq!(words_at_their_places(text, LoadBalancerKind::HaProxy), words);
    }
}
