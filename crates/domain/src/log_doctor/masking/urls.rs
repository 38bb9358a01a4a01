//! Accounts in addresses: `user:password@host`, Oracle's `user/password@host`, and options of commands.

use super::names::MASK;

/// Names in front of `:` whose value is no password: `user:kim@example.com`.
const NO_ACCOUNTS: [&str; 14] = [
    "user",
    "username",
    "email",
    "mail",
    "mailto",
    "account",
    "subject",
    "sub",
    "principal",
    "login",
    "owner",
    "driver",
    "acct",
    "class",
];

/// Masks the password of every account in an address.
pub(super) fn mask_accounts(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut options = CommandOptions::of(line);
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, next) = rest.split_at(end);
        match options.password_in(word) {
            Some(begin) => shown.push_str(&format!("{}{MASK}", &word[..begin])),
            None => shown.push_str(&mask_word(word)),
        }
        let blanks = next.len() - next.trim_start().len();
        shown.push_str(&next[..blanks]);
        rest = &next[blanks..];
    }
    shown
}

/// A word, which may contain an address.
fn mask_word(word: &str) -> String {
    let Some(at) = word.rfind('@') else { return word.to_owned() };
    let (account, host) = word.split_at(at);
    let lower = account.to_ascii_lowercase();
    if let Some(oracle) = lower.find("jdbc:oracle:") {
        // jdbc:oracle:thin:user/password@//host
        let begin = lower[oracle + 12..].find(':').map_or(oracle + 12, |colon| oracle + 13 + colon);
        return match account.get(begin..).and_then(|account| account.find('/')) {
            Some(slash) => format!("{}{MASK}{host}", &account[..=begin + slash]),
            None => word.to_owned(),
        };
    }
    if let Some(scheme) = account.rfind("://") {
        let begin = scheme + 3;
        let authority = &account[begin..];
        let Some(colon) = authority.find(':').filter(|colon| !authority[..*colon].contains(['/', '?'])) else {
            return word.to_owned();
        };
        let secret = &authority[colon + 1..];
        let port = secret.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(secret.len());
        // `host:443/page?mail=a@b` has a port and no password.
        if port > 0 && secret[port..].starts_with(['/', '?']) {
            return word.to_owned();
        }
        return format!("{}{MASK}{host}", &account[..begin + colon + 1]);
    }
    let Some((user, secret)) = account.rsplit_once(':') else { return word.to_owned() };
    let name = user
        .rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || "_.-".contains(letter)))
        .next()
        .unwrap_or_default();
    // An object of Java has a number behind the @, and a host a point, a port or the name localhost.
    let place = host[1..].trim_end_matches(['"', '\'', ',', ')', ']', '}']);
    let is_host = place.contains(['.', ':']) || place.starts_with("localhost");
    if secret.is_empty() || name.is_empty() || !is_host || NO_ACCOUNTS.contains(&name.to_ascii_lowercase().as_str()) {
        return word.to_owned();
    }
    format!("{user}:{MASK}{host}")
}

/// Where the next word of a command is a password: `ldapsearch -w`, `curl -u user:`, `mysql -p`.
struct CommandOptions<'a> {
    attached: Option<&'a str>,
    separate: &'static [&'static str],
    is_next: bool,
}

impl<'a> CommandOptions<'a> {
    fn of(line: &'a str) -> Self {
        let has = |command: &str| line.split([' ', '/', '`', '\'']).any(|word| word == command);
        let attached =
            ["mysql", "mariadb", "mysqldump", "mysqladmin"].iter().any(|command| has(command)).then_some("-p");
        let separate: &[&str] = match () {
            () if has("curl") || has("wget") => &["-u", "--user", "--proxy-user"],
            () if ["ldapsearch", "ldapmodify", "ldapwhoami", "ldapadd"].iter().any(|command| has(command)) => &["-w"],
            () if ["sqlcmd", "bcp"].iter().any(|command| has(command)) => &["-P"],
            () if has("sshpass") => &["-p"],
            () => &[],
        };
        Self { attached, separate, is_next: false }
    }

    /// Where the password begins in this word of the line.
    fn password_in(&mut self, word: &str) -> Option<usize> {
        if std::mem::take(&mut self.is_next) {
            return Some(word.find(':').map_or(0, |colon| colon + 1));
        }
        self.is_next = self.separate.contains(&word);
        let attached = self.attached.filter(|option| word.len() > option.len() && word.starts_with(option))?;
        Some(attached.len())
    }
}
