//! Presets: where a new plan may start.

use crate::draft::Draft;
use crate::steps::keys;

/// A start for a new plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Preset {
    /// What a form sends.
    pub id: &'static str,
    /// What the page calls it.
    pub title: &'static str,
    /// For whom it is.
    pub about: &'static str,
    nodes: &'static [(&'static str, &'static str, &'static str, &'static str)],
    answers: &'static [(&'static str, &'static str)],
}

/// All presets, the simplest first.
pub const PRESETS: [Preset; 3] = [
    Preset {
        id: "one-machine",
        title: "Two nodes on one machine",
        about: "To try it out: a port offset for the second node, the load balancer beside them.",
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
        about: "The smallest cluster that survives the loss of a machine.",
        nodes: &[("is-1", "", "0", "4000"), ("is-2", "", "0", "4000")],
        answers: &[(keys::DATABASE.host, ""), (keys::DATABASE.tls, "required")],
    },
    Preset {
        id: "three-machines",
        title: "Three machines",
        about: "Stays available when one machine fails during an update of another. TLS to MySQL with its CA checked.",
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

    /// `max_connections` of MySQL and MariaDB as they are installed.
    const DEFAULT_MAX_CONNECTIONS: usize = 151;

    #[test]
    fn the_pools_of_the_evaluation_preset_fit_into_a_default_mysql() {
        let draft = PRESETS[0].draft("");
        let pool: usize = draft.text("database.pool_size").parse().unwrap();
        // Three databases from IS 7.2 on; 10 connections stay for administrators.
        assert!(draft.nodes.len() * 3 * pool + 10 <= DEFAULT_MAX_CONNECTIONS);
    }
}
