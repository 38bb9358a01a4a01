//! The statements that fill a database as packets of several statements, with the place of each: few round trips, and the
//! one that failed is still known.

use super::{Script, Target};
use crate::mysql::quote;

/// The most bytes of statements in one packet. Every `max_allowed_packet` that servers come with is larger; WSO2's largest
/// script takes two. Larger ones would save nothing that counts, and a server goes on with its packet when its client is
/// gone.
const PACKET: usize = 64 << 10;

/// Where a statement stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// It creates the database.
    Create,
    /// It chooses the database.
    Choose,
    /// It is statement `number` of script `script`, both from 0.
    Script {
        /// Which script.
        script: usize,
        /// Which statement.
        number: usize,
    },
}

/// Several statements for one round trip.
#[derive(Debug, Default)]
pub(super) struct Packet {
    /// Their text.
    pub(super) sql: String,
    /// Their places, in order.
    pub(super) places: Vec<Place>,
}

impl Packet {
    fn push(&mut self, sql: &str, place: Place) {
        if !self.places.is_empty() {
            // A line of its own: the statement before may end with a comment.
            self.sql.push_str("\n;\n");
        }
        self.sql.push_str(sql);
        self.places.push(place);
    }
}

/// The packets that fill `target` from statement `from.1` of script `from.0` on; `create` makes the database first.
pub(super) fn packets(target: &Target, from: (usize, usize), create: bool) -> Vec<Packet> {
    let mut all = vec![Packet::default()];
    let choose = format!("USE {}", quote::name(&target.name));
    let begin = create.then_some((target.create.as_str(), Place::Create));
    let begin = begin.into_iter().chain([(choose.as_str(), Place::Choose)]);
    let of_script = |(script, text): (usize, &'_ Script)| -> Vec<(usize, usize)> {
        let first = if script == from.0 { from.1 } else { 0 };
        (first..text.statements.len()).map(|number| (script, number)).collect()
    };
    let rest: Vec<(usize, usize)> = target.scripts.iter().enumerate().skip(from.0).flat_map(of_script).collect();
    let rest = rest.into_iter().filter_map(|(script, number)| {
        let statement = target.scripts.get(script)?.statements.get(number)?;
        Some((statement.sql.as_str(), Place::Script { script, number }))
    });
    for (sql, place) in begin.chain(rest) {
        let is_full = |packet: &Packet| !packet.places.is_empty() && packet.sql.len() + sql.len() > PACKET;
        if all.last().is_none_or(is_full) {
            all.push(Packet::default());
        }
        if let Some(packet) = all.last_mut() {
            packet.push(sql, place);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use domain::product::DatabaseRole;

    use super::*;

    fn target(scripts: &[&str]) -> Target {
        Target {
            role: DatabaseRole::Agent,
            name: "db".to_owned(),
            create: "CREATE DATABASE `db`".to_owned(),
            scripts: scripts.iter().map(|text| Script::read("s.sql", text)).collect(),
        }
    }

    #[test]
    fn one_packet_holds_the_database_and_all_its_scripts() {
        let all = packets(&target(&["A; B -- why\n;", "C"]), (0, 0), true);
        let [packet] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(packet.sql, "CREATE DATABASE `db`\n;\nUSE `db`\n;\nA\n;\nB -- why\n;\nC");
        let script = |script, number| Place::Script { script, number };
        assert_eq!(packet.places, [Place::Create, Place::Choose, script(0, 0), script(0, 1), script(1, 0)]);
    }

    #[test]
    fn it_goes_on_in_the_middle_and_large_statements_have_packets_of_their_own() {
        let long = format!("B '{}'", "x".repeat(PACKET));
        let all = packets(&target(&["A; B", &format!("A; {long}; C; D")]), (1, 1), false);
        let places: Vec<usize> = all.iter().map(|packet| packet.places.len()).collect();
        assert_eq!(places, [1, 1, 2]);
        assert_eq!(all[1].places, [Place::Script { script: 1, number: 1 }]);
        assert_eq!(all[2].sql, "C\n;\nD");
    }
}
