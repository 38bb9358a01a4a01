//! Groups the statements that fill a database into packets: few round trips, and a failed statement is still known by its
//! position.

use super::job::{PackScript, TargetDatabase};
use crate::mysql::quote;

/// Size limit of the statements in one packet. Every default of `max_allowed_packet` is larger; WSO2's largest script needs
/// two. Larger packets would hardly save time, and a server finishes its packet after its client has disconnected.
const MAX_PACKET_BYTES: usize = 64 << 10;

/// What a statement of a packet is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StatementPosition {
    /// `CREATE DATABASE`.
    Create,
    /// `USE`.
    Use,
    /// A statement of a script.
    Script {
        /// Index of the script.
        script: usize,
        /// Index of the statement in the script.
        number: usize,
    },
}

/// Several statements for one round trip.
#[derive(Debug, Default)]
pub(super) struct StatementBatch {
    /// Separated by semicolons.
    pub(super) sql: String,
    /// One for each statement.
    pub(super) positions: Vec<StatementPosition>,
}

impl StatementBatch {
    fn push(&mut self, sql: &str, place: StatementPosition) {
        if !self.positions.is_empty() {
            // On a new line: the previous statement may end with a comment.
            self.sql.push_str("\n;\n");
        }
        self.sql.push_str(sql);
        self.positions.push(place);
    }
}

/// The packets that fill `target` from statement `from.1` of script `from.0` on; with `create`, the first statement creates the
/// database.
pub(super) fn packets(target: &TargetDatabase, from: (usize, usize), create: bool) -> Vec<StatementBatch> {
    let mut all = vec![StatementBatch::default()];
    let choose = format!("USE {}", quote::name(&target.name));
    let begin = create.then_some((target.create.as_str(), StatementPosition::Create));
    let begin = begin.into_iter().chain([(choose.as_str(), StatementPosition::Use)]);
    let of_script = |(script, text): (usize, &'_ PackScript)| -> Vec<(usize, usize)> {
        let first = if script == from.0 { from.1 } else { 0 };
        (first..text.statements.len()).map(|number| (script, number)).collect()
    };
    let rest: Vec<(usize, usize)> = target.scripts.iter().enumerate().skip(from.0).flat_map(of_script).collect();
    let rest = rest.into_iter().filter_map(|(script, number)| {
        let statement = target.scripts.get(script)?.statements.get(number)?;
        Some((statement.sql.as_str(), StatementPosition::Script { script, number }))
    });
    for (sql, place) in begin.chain(rest) {
        let is_full =
            |packet: &StatementBatch| !packet.positions.is_empty() && packet.sql.len() + sql.len() > MAX_PACKET_BYTES;
        if all.last().is_none_or(is_full) {
            all.push(StatementBatch::default());
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

    fn target(scripts: &[&str]) -> TargetDatabase {
        TargetDatabase {
            role: DatabaseRole::Agent,
            name: "db".to_owned(),
            create: "CREATE DATABASE `db`".to_owned(),
            scripts: scripts.iter().map(|text| PackScript::read("s.sql", text)).collect(),
        }
    }

    #[test]
    fn one_packet_holds_the_database_and_all_its_scripts() {
        let all = packets(&target(&["A; B -- why\n;", "C"]), (0, 0), true);
        let [packet] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(packet.sql, "CREATE DATABASE `db`\n;\nUSE `db`\n;\nA\n;\nB -- why\n;\nC");
        let script = |script, number| StatementPosition::Script { script, number };
        assert_eq!(
            packet.positions,
            [StatementPosition::Create, StatementPosition::Use, script(0, 0), script(0, 1), script(1, 0)]
        );
    }

    #[test]
    fn it_resumes_in_the_middle_and_large_statements_have_separate_packets() {
        let long = format!("B '{}'", "x".repeat(MAX_PACKET_BYTES));
        let all = packets(&target(&["A; B", &format!("A; {long}; C; D")]), (1, 1), false);
        let places: Vec<usize> = all.iter().map(|packet| packet.positions.len()).collect();
        assert_eq!(places, [1, 1, 2]);
        assert_eq!(all[1].positions, [StatementPosition::Script { script: 1, number: 1 }]);
        assert_eq!(all[2].sql, "C\n;\nD");
    }
}
