//! The cluster as a drawing and as an equivalent list, both from the current answers, complete or not, without
//! validation.
//!
//! The drawing is one SVG for the wizard's pages and for `topology.svg` of the bundle. It carries no style attribute, so
//! that a page with a strict content security policy can show it.

use std::fmt::Write as _;

use crate::draft::Draft;
use crate::setting::Setting;
use crate::steps::{MembershipScheme, keys, node_settings, setting};
use crate::value::{Control, Value as _};

/// The content of the drawing, as displayed texts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Topology {
    /// The load balancer, to which clients connect.
    pub balancer: TopologyLoadBalancer,
    /// The IS instances, in their order.
    pub nodes: Vec<TopologyNode>,
    /// How the nodes find each other, such as `Well-known addresses (WKA)`.
    pub scheme: String,
    /// The address of MySQL, such as `db.example.com:3306`.
    pub database_address: String,
    /// The databases' names.
    pub databases: Vec<String>,
}

/// The load balancer in front of the nodes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TopologyLoadBalancer {
    /// `NGINX` or `HAProxy`.
    pub kind: String,
    /// The name clients use.
    pub hostname: String,
    /// The HTTP port.
    pub http_port: String,
    /// The HTTPS port.
    pub https_port: String,
}

/// One IS instance.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TopologyNode {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub host: String,
    /// Its HTTPS port, 9443 and the offset.
    pub https_port: String,
    /// Its Hazelcast port.
    pub hazelcast_port: String,
}

const WIDTH: usize = 640;
const MAX_COLUMNS: usize = 4;
const NODE_HEIGHT: usize = 74;
const GAP: usize = 12;

impl Topology {
    /// The cluster, as far as the answers describe it.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Self {
        let label = |key: &str| setting(key).map_or_else(String::new, |found| shown(found, draft.text(key)));
        let databases = [keys::DATABASE.identity_db, keys::DATABASE.shared_db, keys::DATABASE.agent_db]
            .into_iter()
            .filter_map(setting)
            .filter(|found| (found.shown)(draft))
            .map(|found| draft.answer(found, None).to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        Self {
            balancer: TopologyLoadBalancer {
                kind: label(keys::LOAD_BALANCER.kind),
                hostname: or_placeholder(draft.text(keys::LOAD_BALANCER.hostname), "hostname not set"),
                http_port: draft.text(keys::LOAD_BALANCER.http_port).to_owned(),
                https_port: draft.text(keys::LOAD_BALANCER.https_port).to_owned(),
            },
            nodes: (0..draft.nodes.len()).map(|row| member(draft, row)).collect(),
            scheme: label(keys::CLUSTERING.scheme),
            database_address: format!(
                "{}:{}",
                or_placeholder(draft.text(keys::DATABASE.host), "host not set"),
                draft.text(keys::DATABASE.port)
            ),
            databases,
        }
    }

    /// The drawing as text: one line per part, in the order of a request.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let TopologyLoadBalancer { kind, hostname, http_port, https_port } = &self.balancer;
        let mut lines = vec![
            format!("Clients reach {hostname} on port {https_port}; port {http_port} redirects there."),
            format!("{kind} at {hostname} passes requests to {}.", count(self.nodes.len(), "node")),
        ];
        lines.extend(self.nodes.iter().map(|node| {
            format!(
                "Node {} at {}: HTTPS port {}, Hazelcast port {}.",
                node.name, node.host, node.https_port, node.hazelcast_port
            )
        }));
        lines.push(format!("The nodes find each other by: {}.", self.scheme));
        lines.push(format!("All nodes use MySQL at {}: {}.", self.database_address, self.databases.join(", ")));
        lines
    }

    /// The drawing for a page, whose style sheet colours it by its classes.
    #[must_use]
    pub fn svg(&self) -> String {
        self.draw("")
    }

    /// The drawing as a separate file, with its colours for light and dark.
    #[must_use]
    pub fn svg_file(&self) -> String {
        self.draw(STYLE)
    }

    fn draw(&self, style: &str) -> String {
        let rows = self.nodes.len().div_ceil(MAX_COLUMNS).max(1);
        let cluster_height = 34 + rows * (NODE_HEIGHT + GAP) + 4;
        let (cluster_top, database_top) = (170, 170 + cluster_height + 44);
        let height = database_top + 72;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"topology-svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-label=\"{}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">{style}",
            escape(&format!("The cluster: {} in front of {}", self.balancer.kind, count(self.nodes.len(), "node")))
        );
        self.draw_load_balancer(&mut svg);
        arrow(&mut svg, 320, 142, 320, cluster_top);
        let _ = write!(
            svg,
            "<rect class=\"topology-cluster\" x=\"8\" y=\"{cluster_top}\" width=\"{}\" height=\"{cluster_height}\" rx=\"10\" \
             fill=\"none\" stroke=\"currentColor\" stroke-dasharray=\"5 4\"/>",
            WIDTH - 16
        );
        let title = format!("WSO2 Identity Server · Hazelcast: {}", self.scheme);
        text(&mut svg, "topology-muted", (24, cluster_top + 23), "start", &fit(&title, 80));
        for (index, node) in self.nodes.iter().enumerate() {
            draw_node(&mut svg, node, place(index, self.nodes.len(), cluster_top + 34));
        }
        if self.nodes.is_empty() {
            text(&mut svg, "topology-muted", (320, cluster_top + 74), "middle", "no nodes yet");
        }
        arrow(&mut svg, 320, cluster_top + cluster_height, 320, database_top);
        draw_box(&mut svg, "topology-box", (120, database_top), (400, 64));
        text(
            &mut svg,
            "topology-strong",
            (320, database_top + 26),
            "middle",
            &fit(&format!("MySQL · {}", self.database_address), 48),
        );
        text(&mut svg, "topology-muted", (320, database_top + 47), "middle", &fit(&self.databases.join(" · "), 60));
        svg.push_str("</svg>");
        svg
    }

    fn draw_load_balancer(&self, svg: &mut String) {
        let TopologyLoadBalancer { kind, hostname, http_port, https_port } = &self.balancer;
        draw_box(svg, "topology-box", (260, 4), (120, 32));
        text(svg, "topology-strong", (320, 25), "middle", "Clients");
        arrow(svg, 320, 36, 320, 78);
        draw_box(svg, "topology-box topology-front", (120, 78), (400, 64));
        text(svg, "topology-strong", (320, 104), "middle", &fit(&format!("{kind} · {hostname}"), 48));
        text(svg, "topology-muted", (320, 125), "middle", &fit(&format!("HTTPS {https_port} · HTTP {http_port}"), 60));
    }
}

/// The style of the file; a page has its own.
const STYLE: &str = "<style>svg{color:#33424f;background:#fff}.topology-box{fill:#f3f6f8}.topology-front{fill:#e3f1ef}\
.topology-muted{fill:#566573}.topology-strong{fill:#17212b;font-weight:600}@media (prefers-color-scheme:dark)\
{svg{color:#93a4b3;background:#12181e}.topology-box{fill:#1b242c}.topology-front{fill:#16332f}.topology-muted{fill:#a3b2c0}\
.topology-strong{fill:#eef3f7}}</style>";

/// Left, top and width of the box of node `index` among `count`.
fn place(index: usize, count: usize, top: usize) -> (usize, usize, usize) {
    let columns = count.clamp(1, MAX_COLUMNS);
    let room = WIDTH - 2 * 24;
    let width = (room - (columns - 1) * GAP) / columns;
    // Few nodes are centred and narrower than the page.
    let width = width.min(220);
    let left = (WIDTH - columns * width - (columns - 1) * GAP) / 2;
    (left + index % columns * (width + GAP), top + index / columns * (NODE_HEIGHT + GAP), width)
}

fn draw_node(svg: &mut String, node: &TopologyNode, (left, top, width): (usize, usize, usize)) {
    let letters = width / 8;
    let middle = left + width / 2;
    draw_box(svg, "topology-box", (left, top), (width, NODE_HEIGHT));
    text(svg, "topology-strong", (middle, top + 22), "middle", &fit(&node.name, letters));
    text(svg, "topology-muted", (middle, top + 42), "middle", &fit(&node.host, letters));
    text(
        svg,
        "topology-muted",
        (middle, top + 61),
        "middle",
        &fit(&format!("{} · {}", node.https_port, node.hazelcast_port), letters),
    );
}

fn draw_box(svg: &mut String, class: &str, (left, top): (usize, usize), (width, height): (usize, usize)) {
    let _ = write!(
        svg,
        "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"none\" stroke=\"currentColor\"/>"
    );
}

fn arrow(svg: &mut String, x: usize, from: usize, to_x: usize, to: usize) {
    let _ = write!(
        svg,
        "<path class=\"topology-arrow\" d=\"M{x} {from}L{to_x} {}M{} {}L{to_x} {}L{} {}\" fill=\"none\" stroke=\"currentColor\"/>",
        to - 1,
        to_x - 5,
        to - 7,
        to - 1,
        to_x + 5,
        to - 7
    );
}

fn text(svg: &mut String, class: &str, (x, y): (usize, usize), anchor: &str, shown: &str) {
    let _ = write!(
        svg,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"currentColor\">{}</text>",
        escape(shown)
    );
}

fn member(draft: &Draft, row: usize) -> TopologyNode {
    let cell = |name: &str| {
        let found = node_settings().iter().find(|setting| setting.name == name);
        found.map_or("", |setting| draft.answer(setting, Some(row)))
    };
    let https_port = match cell("offset").parse::<u32>() {
        Ok(offset) if offset <= 55_000 => (9443 + offset).to_string(),
        _ => "9443 + offset".to_owned(),
    };
    let assigned =
        MembershipScheme::parse(draft.text(keys::CLUSTERING.scheme)).is_ok_and(MembershipScheme::assigns_addresses);
    TopologyNode {
        name: or_placeholder(cell("name"), &format!("node {}", row + 1)),
        host: if assigned { "an assigned address".to_owned() } else { or_placeholder(cell("host"), "address not set") },
        https_port,
        hazelcast_port: cell("hazelcast_port").to_owned(),
    }
}

fn shown(setting: &Setting, answer: &str) -> String {
    match setting.control {
        Control::Choice(choices) => {
            choices.iter().find(|choice| choice.value == answer).map_or(answer, |choice| choice.label).to_owned()
        }
        _ => answer.to_owned(),
    }
}

fn or_placeholder(answer: &str, open: &str) -> String {
    if answer.is_empty() { open.to_owned() } else { answer.to_owned() }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A text shortened to about this many characters; the list has the full text.
fn fit(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

/// Escapes for XML and removes characters that XML does not allow.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use testbed::plan::TestPlan;

    use super::*;

    /// A plan with a node on each host.
    fn draft(hosts: &[&str]) -> Draft {
        let plan = TestPlan::machines(hosts.len());
        hosts.iter().enumerate().fold(plan, |plan, (row, host)| plan.with_cell(row, "host", host)).draft()
    }

    #[test]
    fn the_list_names_what_the_drawing_shows() {
        let topology = Topology::from_draft(&draft(&["10.0.0.1", "10.0.0.2"]));
        let lines = topology.lines().join("\n");
        for part in
            ["login.example.com", "NGINX", "is-1 at 10.0.0.1", "is-2 at 10.0.0.2", "9443", "4000", "wso2agent_db"]
        {
            assert!(lines.contains(part), "{part} in {lines}");
        }
        let svg = topology.svg();
        for part in ["login.example.com", "10.0.0.2", "wso2agent_db"] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
    }

    #[test]
    fn an_empty_draft_is_drawn_too() {
        let topology = Topology::from_draft(&Draft::default());
        assert!(topology.svg().contains("no nodes yet"));
        assert!(topology.svg_file().contains("prefers-color-scheme"));
        assert!(!topology.svg().contains("style"), "a page's policy forbids styles within");
    }

    #[test]
    fn every_box_lies_within_the_drawing() {
        for count in 1..=16 {
            for index in 0..count {
                let (left, _, width) = place(index, count, 0);
                assert!(left >= 16 && left + width <= WIDTH - 16, "{index} of {count}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_carried_as_text(host in any::<String>()) {
            let svg = Topology::from_draft(&draft(&[host.as_str()])).svg();
            let letters = svg.chars().all(|letter| !letter.is_control());
            prop_assert!(letters);
            prop_assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
            prop_assert!(!svg.contains("<script"));
        }
    }
}
