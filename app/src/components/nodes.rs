//! The node table: one row per node, with submit buttons that the island makes work in place.

use domain::draft::{Draft, MAX_NODES};
use domain::finding::{Finding, Severity};
use domain::setting::Setting;
use domain::step::Step;
use domain::steps::{MembershipScheme, keys, node_settings, settings};
use leptos::prelude::*;

use super::condition::condition;
use super::field::Input;
use super::field_view::FieldView;
use super::hint::split_term;
use super::notes::Notes;
use crate::islands::NodeEditor;

/// The id of the table: the link target of problems that do not belong to a single cell.
pub(crate) const NODE_TABLE_ID: &str = crate::urls::NODES;

/// The table with its heading, notes and buttons.
#[component]
pub(crate) fn NodeTable(draft: Draft, findings: Vec<Finding>) -> impl IntoView {
    let of_table: Vec<Finding> =
        findings.iter().filter(|finding| finding.at.setting.as_deref() == Some(keys::NODES)).cloned().collect();
    let section_class = if has_problem(&of_table) { "field field-error nodes" } else { "field nodes" };
    let error = of_table.iter().find(|finding| finding.severity == Severity::Blocks).map(Finding::message);
    // An empty table shows one empty row to fill in.
    let count = draft.nodes.len().max(1);
    let rows = (0..count).map(|row| node_row(row, count, &draft, &findings)).collect_view();
    // A new row has the columns of the chosen scheme.
    let template = node_row(count, MAX_NODES, &Draft { nodes: Vec::new(), ..draft.clone() }, &[]);
    let columns: Vec<NodeColumn> = node_settings().iter().map(|setting| NodeColumn::new(setting, &draft)).collect();
    let headings = columns
        .iter()
        .map(|column| view! { <th scope="col" data-when=column.when data-answers=column.answers.clone() hidden=column.off>{column.setting.label}</th> })
        .collect_view();
    let assigned: Vec<&str> =
        MembershipScheme::ALL.iter().filter(|scheme| scheme.assigns_addresses()).map(|scheme| scheme.value()).collect();
    let is_assigned = assigned.contains(&draft.text(SCHEME));
    view! {
        <section class=section_class aria-labelledby="nodes-title">
            <h2 id="nodes-title">"Nodes"</h2>
            <p class="hint">"One row per IS instance, 1 to 16. Start them one at a time, in this order."</p>
            <p class="note" data-when=SCHEME data-answers=assigned.join(" ") hidden=!is_assigned>
                <b>"Configuration only: "</b>
                "The platform assigns addresses and ports, so each row has only a name and the Hazelcast port. The download contains deployment.toml, keystores, certificates and the files in platform/. Create the image, the workload and its load balancer yourself."
            </p>
            {error.map(|error| view! {
                <p class="error-message" id="clustering-nodes-error"><span class="visually-hidden">"Error: "</span>{error}</p>
            })}
            <Notes findings=of_table/>
            <ul class="column-help">{columns.iter().map(|column| view! { <ColumnHelp column=column.clone()/> }).collect_view()}</ul>
            <NodeEditor>
                <table id=NODE_TABLE_ID class="node-table" tabindex="-1" aria-labelledby="nodes-title">
                    <thead>
                        <tr>
                            <th scope="col" class="node-number">"Node"</th>
                            {headings}
                            <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <template id="node-template">{template}</template>
                <div class="actions">
                    <button class="secondary" name="action" value="add-node">"Add node"</button>
                    <p class="node-status" role="status" id="node-status"></p>
                </div>
                <details class="paste">
                    <summary>"Paste a list of nodes"</summary>
                    <div class="field">
                        <label class="label" for="nodes-paste">"Nodes, one per line"</label>
                        <p class="hint" id="nodes-paste-hint">
                            "Name and address, then port offset and Hazelcast port if they are not the defaults: "
                            <code>"is-1 10.20.0.11 0 4000"</code>
                            ". Addresses only, lines of a hosts file, a header line and "<code>"members = [...]"</code>
                            " of a deployment.toml also work. The list replaces the table."
                        </p>
                        <textarea id="nodes-paste" name="paste" rows="4" spellcheck="false" autocomplete="off" aria-describedby="nodes-paste-hint"></textarea>
                        <button class="secondary small" name="action" value="paste-nodes">"Replace nodes"</button>
                    </div>
                </details>
            </NodeEditor>
        </section>
    }
    .into_any()
}

fn has_problem(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Blocks)
}

/// The setting that decides which columns are shown.
const SCHEME: &str = keys::CLUSTERING.scheme;

/// A column of the table, and the schemes with which it is shown.
#[derive(Clone, Debug)]
struct NodeColumn {
    setting: &'static Setting,
    /// The setting that decides, if any.
    when: Option<&'static str>,
    /// The answers with which the column is shown, separated by spaces.
    answers: Option<String>,
    /// Whether it is currently hidden.
    off: bool,
}

impl NodeColumn {
    fn new(setting: &'static Setting, draft: &Draft) -> Self {
        let (when, answers) = condition(setting, settings(Step::Clustering), draft)
            .map_or((None, None), |condition| (Some(condition.key), Some(condition.answers)));
        Self { setting, when, answers, off: !(setting.shown)(draft) }
    }
}

/// The description of a column: the hint of each of its cells, shown once for the whole table.
#[component]
fn ColumnHelp(column: NodeColumn) -> impl IntoView {
    let setting = column.setting;
    let (term, meaning) = split_term(setting.help);
    view! {
        <li data-when=column.when data-answers=column.answers hidden=column.off>
            <b>{setting.label}</b>
            " – "
            <span id=format!("{}-hint", column_id(setting.key))>
                {term.map(|term| view! { <code>{term}</code> ": " })}
                {meaning}
                {setting.default.map(|default| format!(" Default: {default} ({}).", setting.source))}
            </span>
        </li>
    }
    .into_any()
}

fn column_id(key: &str) -> String {
    domain::finding::field_id(key, None)
}

fn node_row(row: usize, count: usize, draft: &Draft, findings: &[Finding]) -> impl IntoView + use<> {
    let number = row + 1;
    let cells = node_settings()
        .iter()
        .map(|setting| {
            let field = FieldView::new(setting, Some(row), draft, false, findings);
            let column = NodeColumn::new(setting, draft);
            let error = field.error.clone();
            let class = if error.is_some() { "cell field-error" } else { "cell" };
            let id = field.id.clone();
            view! {
                <td class=class data-when=column.when data-answers=column.answers hidden=column.off>
                    <label for=id>
                        {setting.label} <span class="visually-hidden">" of node " {number}</span>
                    </label>
                    {error.map(|error| view! {
                        <p class="error-message" id=format!("{}-error", field.id)>
                            <span class="visually-hidden">"Error: "</span>{error}
                        </p>
                    })}
                    {(!field.notes.is_empty()).then(|| view! {
                        <div id=format!("{}-notes", field.id)><Notes findings=field.notes.clone()/></div>
                    })}
                    <NodeInput field/>
                </td>
            }
        })
        .collect_view();
    let (is_first, is_last) = (row == 0, number >= count);
    view! {
        <tr class="node-row">
            <td class="node-number">{number}</td>
            {cells}
            <td class="node-actions">
                <button class="icon" name="action" value=format!("move-node-up.{row}") aria-label=format!("Move node {number} up") disabled=is_first>"↑"</button>
                <button class="icon" name="action" value=format!("move-node-down.{row}") aria-label=format!("Move node {number} down") disabled=is_last>"↓"</button>
                <button class="icon" name="action" value=format!("remove-node.{row}") aria-label=format!("Remove node {number}")>"✕"</button>
            </td>
        </tr>
    }
    .into_any()
}

/// The hint of a cell is the help of its column.
#[component]
fn NodeInput(field: FieldView) -> impl IntoView {
    let mut described_by = vec![format!("{}-hint", column_id(field.setting.key))];
    described_by.extend(field.error.is_some().then(|| format!("{}-error", field.id)));
    described_by.extend((!field.notes.is_empty()).then(|| format!("{}-notes", field.id)));
    view! { <Input field described_by=described_by.join(" ")/> }
}
