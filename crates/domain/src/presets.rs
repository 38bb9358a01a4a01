//! Presets: answers to start a new plan from.

use crate::draft::Draft;
use crate::steps::keys;

/// Answers to start a new plan from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Preset {
    /// The ID that the form sends.
    pub id: &'static str,
    /// The title on the page.
    pub title: &'static str,
    /// The purpose, in one or two sentences.
    pub about: &'static str,
    nodes: &'static [(&'static str, &'static str, &'static str, &'static str)],
    answers: &'static [(&'static str, &'static str)],
}

/// All presets, the simplest first.
pub const PRESETS: [Preset; 3] = [
    Preset {
        id: "one-machine",
        title: "Two nodes on one machine",
        about: "For evaluation: two nodes and the load balancer on one host; the second node uses a port offset.",
        nodes: &[("node1", "127.0.0.1", "0", "4000"), ("node2", "127.0.0.1", "1", "4001")],
        // 2 nodes × 3 databases × 20 connections, and 10 in reserve, fit into the 151 that a default MySQL allows.
        answers: &[
            (keys::DATABASE.pool_size, "20"),
            (keys::LOAD_BALANCER.hostname, "is.example.com"),
            (keys::LOAD_BALANCER.address, "127.0.0.1"),
            (keys::LOAD_BALANCER.certificate, "self-signed"),
        ],
    },
    Preset {
        id: "two-machines",
        title: "Two machines",
        about: "The smallest cluster that stays available when one machine fails.",
        nodes: &[("is-1", "", "0", "4000"), ("is-2", "", "0", "4000")],
        answers: &[(keys::DATABASE.host, ""), (keys::DATABASE.tls, "required")],
    },
    Preset {
        id: "three-machines",
        title: "Three machines",
        about: "Stays available when one machine fails during an update of another. TLS to MySQL, with a verified certificate.",
        nodes: &[("is-1", "", "0", "4000"), ("is-2", "", "0", "4000"), ("is-3", "", "0", "4000")],
        answers: &[(keys::DATABASE.host, ""), (keys::DATABASE.tls, "verify-ca")],
    },
];

/// Whether a preset answers the setting with this text.
#[must_use]
pub fn has_preset_value(key: &str, text: &str) -> bool {
    PRESETS.iter().flat_map(|preset| preset.answers).any(|(chosen, answer)| *chosen == key && *answer == text)
}

impl Preset {
    /// The preset with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        PRESETS.into_iter().find(|preset| preset.id == id)
    }

    /// The draft a plan starts with.
    #[must_use]
    pub fn draft(self, title: &str) -> Draft {
        let mut draft = Draft { title: title.trim().to_owned(), ..Draft::default() };
        if draft.title.is_empty() {
            draft.title = self.title.to_owned();
        }
        for (key, text) in self.answers {
            draft.set(*key, *text);
        }
        for (name, host, offset, port) in self.nodes {
            let columns = [("name", name), ("host", host), ("offset", offset), ("hazelcast_port", port)];
            draft
                .nodes
                .push(columns.into_iter().map(|(column, text)| (column.to_owned(), (*text).to_owned())).collect());
        }
        draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_only_answer_settings_that_exist() {
        for preset in PRESETS {
            for (key, text) in preset.answers {
                let setting = crate::steps::setting(key).unwrap_or_else(|| panic!("{key}"));
                assert!(text.is_empty() || (setting.canonical)(text).is_ok(), "{key}");
            }
            assert_eq!(Preset::find(preset.id), Some(preset));
        }
    }

    /// The default `max_connections` of MySQL and MariaDB.
    const DEFAULT_MAX_CONNECTIONS: usize = 151;

    #[test]
    fn the_pools_of_the_evaluation_preset_fit_into_a_default_mysql() {
        let draft = PRESETS[0].draft("");
        let pool: usize = draft.text("database.pool_size").parse().unwrap();
        // Three databases from IS 7.2 on; 10 connections stay for administrators.
        assert!(draft.nodes.len() * 3 * pool + 10 <= DEFAULT_MAX_CONNECTIONS);
    }
}
