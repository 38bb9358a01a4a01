//! The node table as text: a pasted list of nodes, and the row that "Add node" proposes. Server and browser share this
//! code, so that a list has the same meaning with and without JavaScript.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::draft::MAX_NODES;
use crate::jdbc::split_port;

/// One row of the node table: texts by the setting's name (`host`).
pub type NodeRow = BTreeMap<String, String>;

/// Maximum rows that are imported from a list: more than a cluster may have, so that the table shows the surplus.
pub const MAX_ROWS: usize = 4 * MAX_NODES;
/// Maximum size of a list, in bytes.
const MAX_LIST_BYTES: usize = 64 * 1024;
/// Maximum number of skipped lines that are reported one by one.
const MAX_NOTES: usize = 5;

/// The content of a pasted list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NodeList {
    /// The rows, at most [`MAX_ROWS`].
    pub nodes: Vec<NodeRow>,
    /// What was skipped, as sentences.
    pub notes: Vec<String>,
}

/// Parses a pasted list of nodes.
///
/// One node per line as `name address [offset] [hazelcast port]`, as an address alone, or in the order of a hosts file
/// (`address name name`); a line of addresses only is one node each. A header line names the columns. Spaces, tabs,
/// commas and semicolons separate columns; `#` starts a comment. `members = ["host:port", …]` of a deployment.toml is
/// accepted too.
#[must_use]
pub fn parse(text: &str) -> NodeList {
    let mut list = NodeList::default();
    if text.len() > MAX_LIST_BYTES {
        list.notes.push("The list is longer than 64 KB and was not imported. Paste one node per line.".to_owned());
        return list;
    }
    let mut reader = NodeListParser::default();
    match members(text) {
        Some(members) => members.for_each(|member| reader.host(member)),
        None => text.lines().enumerate().for_each(|(number, line)| reader.line(number + 1, line)),
    }
    let found = reader.rows.len();
    let mut names: BTreeSet<String> = reader.rows.iter().filter_map(|row| row.name.clone()).collect();
    for (position, row) in reader.rows.into_iter().take(MAX_ROWS).enumerate() {
        let name = row.name.unwrap_or_else(|| free_name("is-", position + 1, &mut names));
        list.nodes.push(split_offset_from_port(
            [("name", name), ("host", row.host), ("offset", row.offset), ("hazelcast_port", row.port)]
                .map(|(column, text)| (column.to_owned(), text))
                .into(),
        ));
    }
    if reader.skipped.len() > MAX_NOTES {
        list.notes.push(format!("{} lines contain no address and were skipped.", reader.skipped.len()));
    } else {
        let note = |number: usize| format!("Line {number} contains no address and was skipped.");
        list.notes.extend(reader.skipped.into_iter().map(note));
    }
    if found > MAX_ROWS {
        list.notes.push(format!("The list has {found} nodes. The first {MAX_ROWS} were imported."));
    }
    list.notes.extend(too_many_nodes_message(list.nodes.len().max(found)));
    list
}

/// The message for more nodes than a cluster may have.
#[must_use]
pub fn too_many_nodes_message(count: usize) -> Option<String> {
    (count > MAX_NODES).then(|| {
        format!("The list has {count} nodes, but a cluster has at most {MAX_NODES}. Remove nodes until {MAX_NODES} are left.")
    })
}

/// The columns of a node, in the order of [`propose_cells`].
pub const COLUMNS: [&str; 4] = ["name", "host", "offset", "hazelcast_port"];

/// The proposed next row: see [`propose_cells`].
#[must_use]
pub fn propose_row(nodes: &[NodeRow]) -> NodeRow {
    let cells = |row: &NodeRow| COLUMNS.map(|column| row.get(column).cloned().unwrap_or_default());
    let all: Vec<[String; 4]> = nodes.iter().map(cells).collect();
    COLUMNS.map(str::to_owned).into_iter().zip(propose_cells(&all)).collect()
}

/// The proposed cells, by [`COLUMNS`]: the next name of the kind, and if all nodes share one machine its address with
/// the next offset and Hazelcast port.
// The browser calls this too: it uses few types, because each adds bytes to the wasm.
#[must_use]
pub fn propose_cells(nodes: &[[String; 4]]) -> [String; 4] {
    let empty = <[String; 4]>::default();
    let [name, host, offset, port] = nodes.last().unwrap_or(&empty);
    let stem = name.trim().trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = name.trim().get(stem.len()..).and_then(|digits| digits.parse::<u32>().ok());
    let (stem, mut from) = match number {
        Some(number) if !stem.is_empty() => (stem, number.saturating_add(1)),
        _ => ("is-", 1),
    };
    while nodes.iter().any(|row| row[0] == format!("{stem}{from}")) {
        from += 1;
    }
    let host = host.trim();
    let shares = nodes.len() > 1 && !host.is_empty() && nodes.iter().all(|row| row[1].trim() == host);
    let one_more = |text: &String, default: u32| {
        let number = text.trim().parse().unwrap_or(default);
        if shares { number.saturating_add(1) } else { number }.to_string()
    };
    let host = if shares { host } else { "" };
    [format!("{stem}{from}"), host.to_owned(), one_more(offset, 0), one_more(port, 4000)]
}

/// Moves the port from the address of a row to its column: 9443 to 9543 is IS's HTTPS port and gives the offset; any
/// other port is the Hazelcast port.
#[must_use]
pub fn split_offset_from_port(mut row: NodeRow) -> NodeRow {
    let text = row.get("host").map_or("", |host| host.trim()).to_owned();
    let (host, port) = split_port(&text);
    if let Some(port) = port.and_then(|port| port.parse::<u16>().ok()).filter(|_| !host.is_empty()) {
        let (column, number) =
            if (9443..=9543).contains(&port) { ("offset", port - 9443) } else { ("hazelcast_port", port) };
        row.insert(column.to_owned(), number.to_string());
        row.insert("host".to_owned(), host.to_owned());
    }
    row
}

/// The number of imported nodes, as a status at the table.
#[must_use]
pub fn import_message(count: usize) -> String {
    if count == 1 { "1 node imported.".to_owned() } else { format!("{count} nodes imported.") }
}

/// A row before names are assigned.
struct ParsedRow {
    name: Option<String>,
    host: String,
    offset: String,
    port: String,
}

#[derive(Default)]
struct NodeListParser {
    rows: Vec<ParsedRow>,
    /// The columns of the header line.
    header: Option<Vec<NodeListColumn>>,
    /// Skipped lines, from 1.
    skipped: Vec<usize>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum NodeListColumn {
    Name,
    Host,
    Offset,
    Port,
    Other,
}

impl NodeListColumn {
    /// The column that a word of a header line names, if any.
    fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
            "name" | "node" | "nodename" | "node_name" => Some(Self::Name),
            "host" | "hostname" | "address" | "ip" | "ip_address" | "ipaddress" | "fqdn" => Some(Self::Host),
            "offset" | "port_offset" => Some(Self::Offset),
            "port" | "hazelcast" | "hazelcast_port" | "local_member_port" => Some(Self::Port),
            "zone" | "role" | "os" | "comment" | "#" => Some(Self::Other),
            _ => None,
        }
    }
}

impl NodeListParser {
    fn host(&mut self, host: &str) {
        self.add(None, host, None, None);
    }

    fn add(&mut self, name: Option<&str>, host: &str, offset: Option<&str>, port: Option<&str>) {
        self.rows.push(ParsedRow {
            name: name.map(str::to_owned),
            host: host.to_owned(),
            offset: offset.unwrap_or("0").to_owned(),
            port: port.unwrap_or("4000").to_owned(),
        });
    }

    fn line(&mut self, number: usize, line: &str) {
        let line = line.split('#').next().unwrap_or_default();
        let separators = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '|');
        let columns: Vec<&str> = line
            .split(separators)
            .map(|column| column.trim_matches(['"', '\'', '[', ']', '{', '}']))
            .filter(|column| !column.is_empty() && !column.bytes().all(|byte| byte == b'-'))
            .collect();
        let Some(first) = columns.first().copied() else { return };
        if self.rows.is_empty() && self.header.is_none() {
            let header: Option<Vec<NodeListColumn>> = columns.iter().map(|word| NodeListColumn::named(word)).collect();
            if let Some(header) = header.filter(|header| header.len() > 1 || header == &[NodeListColumn::Host]) {
                self.header = Some(header);
                return;
            }
        }
        if let Some(header) = &self.header {
            let find =
                |column| header.iter().position(|found| *found == column).and_then(|at| columns.get(at)).copied();
            match find(NodeListColumn::Host) {
                Some(host) => {
                    self.add(find(NodeListColumn::Name), host, find(NodeListColumn::Offset), find(NodeListColumn::Port))
                }
                None if columns.len() == 1 => self.host(first),
                None => self.skipped.push(number),
            }
            return;
        }
        let rest = columns.get(1..).unwrap_or_default();
        let numbers = |from: usize| columns.get(from..).unwrap_or_default().iter().all(|column| is_number(column));
        if is_address(first) && rest.first().is_some_and(|next| !is_number(next) && !is_address(next)) {
            // The order of a hosts file. The shortest accepted name is the node's.
            let names = rest.iter().take_while(|column| !is_number(column));
            let name = names.clone().filter(|name| is_node_name(name)).min_by_key(|name| name.len());
            let after = names.count() + 1;
            self.add(name.copied(), first, columns.get(after).copied(), columns.get(after + 1).copied());
        } else if columns.len() == 1 || (has_dot(first) && numbers(1) && columns.len() <= 3) {
            if is_number(first) {
                return self.skipped.push(number);
            }
            self.add(None, first, columns.get(1).copied(), columns.get(2).copied());
        } else if !has_dot(first)
            && !is_number(first)
            && numbers(2)
            && columns.len() <= 4
            && !rest.iter().take(1).any(|host| is_number(host))
        {
            let host = rest.first().copied().unwrap_or_default();
            self.add(Some(first), host, columns.get(2).copied(), columns.get(3).copied());
        } else if columns.iter().any(|column| is_number(column)) {
            self.skipped.push(number);
        } else {
            columns.iter().for_each(|host| self.host(host));
        }
    }
}

/// The quoted texts of `members = [ … ]`, if the text has such a list.
fn members(text: &str) -> Option<impl Iterator<Item = &str>> {
    let (_, rest) = text.split_once("members")?;
    let list = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('[')?;
    let list = list.split(']').next().unwrap_or(list);
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default());
    let items = lines.flat_map(|line| line.split(',')).map(|item| item.trim().trim_matches(['"', '\'']));
    Some(items.filter(|item| !item.is_empty()))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An IPv4 address, with or without a port.
fn is_address(text: &str) -> bool {
    split_port(text).0.parse::<Ipv4Addr>().is_ok()
}

fn has_dot(text: &str) -> bool {
    text.contains(['.', ':'])
}

fn is_node_name(text: &str) -> bool {
    use crate::value::Value as _;
    crate::values::NodeName::parse(text).is_ok()
}

/// The first unused name of the kind, which is then used.
fn free_name(stem: &str, from: usize, taken: &mut BTreeSet<String>) -> String {
    let name = (from..).map(|number| format!("{stem}{number}")).find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let row = |row: NodeRow| format!("{} {} {} {}", row["name"], row["host"], row["offset"], row["hazelcast_port"]);
        parse(text).nodes.into_iter().map(row).collect()
    }

    #[test]
    fn lists_of_nodes_come_in_many_forms() {
        for (text, expected) in [
            (
                "# my nodes\nis-1 10.0.0.1\nis-2,10.0.0.2,1,4001\n\n10.0.0.3\nbare\n",
                "is-1 10.0.0.1 0 4000|is-2 10.0.0.2 1 4001|is-3 10.0.0.3 0 4000|is-4 bare 0 4000",
            ),
            (
                "10.0.0.11 is-1.example.com is-1\n10.0.0.12\tis-2.example.com\tis-2 # second",
                "is-1 10.0.0.11 0 4000|is-2 10.0.0.12 0 4000",
            ),
            ("name address\na 10.0.0.1\nb 10.0.0.2", "a 10.0.0.1 0 4000|b 10.0.0.2 0 4000"),
            ("address,port,name\n10.0.0.1,4005,a", "a 10.0.0.1 0 4005"),
            ("a,b;c", "is-1 a 0 4000|is-2 b 0 4000|is-3 c 0 4000"),
            ("10.0.0.1, 10.0.0.2; 10.0.0.3", "is-1 10.0.0.1 0 4000|is-2 10.0.0.2 0 4000|is-3 10.0.0.3 0 4000"),
            ("members = [\"10.0.0.11:4000\", \"10.0.0.12:4001\"]", "is-1 10.0.0.11 0 4000|is-2 10.0.0.12 0 4001"),
            (
                "[clustering]\nmembers = [\n  \"a.example:4000\", # first\n  'b.example:9444',\n]\ndomain = \"x\"",
                "is-1 a.example 0 4000|is-2 b.example 1 4000",
            ),
            ("10.0.0.1 1 4001", "is-1 10.0.0.1 1 4001"),
            ("| is-1 | 10.0.0.1 |\n|------|-----|", "is-1 10.0.0.1 0 4000"),
            ("is-2 10.0.0.2\n10.0.0.1", "is-2 10.0.0.2 0 4000|is-3 10.0.0.1 0 4000"),
        ] {
            assert_eq!(rows(text).join("|"), expected, "{text}");
        }
    }

    #[test]
    fn what_is_skipped_is_reported() {
        let list = parse("is-1 10.0.0.1\n17\n");
        assert_eq!((list.nodes.len(), list.notes), (1, vec!["Line 2 contains no address and was skipped.".to_owned()]));
        let many: String = (1..=17).fold(String::new(), |text, number| format!("{text}10.0.0.{number}\n"));
        let list = parse(&many);
        assert_eq!(list.nodes.len(), 17, "all are shown");
        assert_eq!(
            list.notes,
            ["The list has 17 nodes, but a cluster has at most 16. Remove nodes until 16 are left."]
        );
        let list = parse(&"10.0.0.1\n".repeat(1000));
        assert_eq!((list.nodes.len(), list.notes.len()), (MAX_ROWS, 2));
        assert_eq!(parse(&"x".repeat(MAX_LIST_BYTES + 1)).nodes.len(), 0);
        assert!(parse(&"17\n".repeat(9000)).notes.len() < 3);
    }

    #[test]
    fn the_next_node_continues_the_pattern() {
        let next_of = |text: &str| {
            let row = propose_row(&parse(text).nodes);
            format!("{} {} {} {}", row["name"], row["host"], row["offset"], row["hazelcast_port"])
        };
        assert_eq!(next_of("node1 127.0.0.1 0 4000\nnode2 127.0.0.1 1 4001"), "node3 127.0.0.1 2 4002");
        assert_eq!(next_of("is-1 10.0.0.1\nis-2 10.0.0.2"), "is-3  0 4000");
        assert_eq!(next_of("is-1 10.0.0.1 0 5701\nlogin 10.0.0.2 0 5701"), "is-2  0 5701");
        assert_eq!(next_of(""), "is-1  0 4000");
    }
}
