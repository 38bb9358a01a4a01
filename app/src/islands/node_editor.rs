//! Edits the node table in place: the same buttons that submit without JavaScript move, add and remove rows here.
//!
//! The server renders the rows; a new one is cloned from its template. After each change, names and ids are numbered
//! again, so that the form sends the same fields as without JavaScript.

use domain::node_list::{self, COLUMNS};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlButtonElement, HtmlInputElement, HtmlTemplateElement};

use super::{browser, conditions};

/// The maximum number of nodes in a cluster.
const MAX_NODES: usize = domain::draft::MAX_NODES;

/// Takes over the table that the server rendered.
#[island]
pub fn NodeEditor(children: Children) -> impl IntoView {
    if browser::IN_BROWSER
        && let Some(table) = browser::element("node-editor")
    {
        browser::listen(&table.clone(), "click", move |event| click(&table, &event));
    }
    view! { <div id="node-editor">{children()}</div> }
}

fn click(table: &Element, event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(button) = target.and_then(|target| target.closest("button[name=action]").ok().flatten()) else { return };
    let Ok(button) = button.dyn_into::<HtmlButtonElement>() else { return };
    let action = button.value();
    let (verb, row) = match action.split_once('.') {
        Some((verb, row)) => (verb, row.parse().unwrap_or(0)),
        None => (action.as_str(), 0),
    };
    let done = match verb {
        "add-node" => add(table),
        "remove-node" => remove(table, row),
        "move-node-up" => row.checked_sub(1).and_then(|above| shift(table, above, row)),
        "move-node-down" => shift(table, row, row + 1),
        _ => None,
    };
    // The server handles what is not possible here, and reports why. It also reads a pasted list: code for its many
    // forms costs more bytes than the whole table.
    if let Some((message, focus)) = done {
        event.prevent_default();
        number(table);
        if let Some(form) = browser::step_form() {
            conditions::apply(&form);
        }
        focus_on(table, &focus);
        if let Some(status) = browser::element("node-status") {
            status.set_text_content(Some(&message));
        }
        browser::dispatch(table, "input");
    }
}

/// The status message, and the next focus: a selector within a row.
type EditResult = (String, FocusTarget);

struct FocusTarget {
    row: usize,
    on: &'static str,
}

fn rows(table: &Element) -> Vec<Element> {
    browser::all(table, "tbody > tr")
}

fn add(table: &Element) -> Option<EditResult> {
    let count = rows(table).len();
    if count >= MAX_NODES {
        return None;
    }
    let next = node_list::propose_cells(&texts(table));
    let row = append(table)?;
    COLUMNS.iter().zip(&next).for_each(|(column, text)| set(&row, column, text));
    Some((format!("Node {} added.", next[0]), FocusTarget { row: count, on: "input[name$='.host']" }))
}

/// The texts of the rows, by column.
fn texts(table: &Element) -> Vec<[String; 4]> {
    rows(table).iter().map(|row| COLUMNS.map(|column| text(row, column))).collect()
}

fn cell(row: &Element, column: &str) -> Option<HtmlInputElement> {
    let input = row.query_selector(&format!("input[name$='.{column}']")).ok().flatten();
    input.and_then(|input| input.dyn_into().ok())
}

fn text(row: &Element, column: &str) -> String {
    cell(row, column).map_or_else(String::new, |input| input.value())
}

fn set(row: &Element, column: &str, text: &str) {
    if let Some(input) = cell(row, column) {
        input.set_value(text);
    }
}

fn append(table: &Element) -> Option<Element> {
    let template: HtmlTemplateElement = browser::element("node-template")?.dyn_into().ok()?;
    let row: Element = template.content().first_element_child()?.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    table.query_selector("tbody").ok()??.append_child(&row).ok()?;
    Some(row)
}

fn remove(table: &Element, row: usize) -> Option<EditResult> {
    let rows = rows(table);
    if rows.len() < 2 {
        return None;
    }
    rows.get(row)?.remove();
    Some((
        format!("Node {} removed.", row + 1),
        FocusTarget { row: row.min(rows.len() - 2), on: "button[value^=remove]" },
    ))
}

/// Swaps two adjacent rows.
fn shift(table: &Element, above: usize, below: usize) -> Option<EditResult> {
    let rows = rows(table);
    let (upper, lower) = (rows.get(above)?, rows.get(below)?);
    upper.parent_node()?.insert_before(lower, Some(upper)).ok()?;
    Some((format!("Nodes {} and {} swapped.", above + 1, below + 1), FocusTarget { row: above, on: "input" }))
}

/// Numbers names, ids and button values again.
fn number(table: &Element) {
    let rows = rows(table);
    let last = rows.len().saturating_sub(1);
    for (index, row) in rows.iter().enumerate() {
        if let Some(cell) = row.query_selector("td.node-number").ok().flatten() {
            cell.set_text_content(Some(&(index + 1).to_string()));
        }
        for element in browser::all(row, "*") {
            for attribute in ["name", "value", "id", "for", "aria-describedby", "aria-label"] {
                let is_answer = attribute == "value" && element.tag_name() != "BUTTON";
                if let (Some(text), false) = (element.get_attribute(attribute), is_answer) {
                    let _ = element.set_attribute(attribute, &renumbered(&text, attribute, index));
                }
            }
        }
        for label in browser::all(row, "label .visually-hidden") {
            label.set_text_content(Some(&format!(" of node {}", index + 1)));
        }
        for (selector, off) in
            [("button[value^=move-node-up]", index == 0), ("button[value^=move-node-down]", index == last)]
        {
            if let Some(button) = row.query_selector(selector).ok().flatten() {
                let _ = button.toggle_attribute_with_force("disabled", off);
            }
        }
    }
}

/// A name, id or label of another row as that of row `index` (from 0).
fn renumbered(text: &str, attribute: &str, index: usize) -> String {
    let number = if attribute == "aria-label" { index + 1 } else { index };
    let parts = text.split(' ').map(|part| {
        let mut pieces: Vec<String> = Vec::new();
        let mut rest = part;
        while let Some(at) = rest.find(['.', '-']) {
            pieces.push(rest[..at].to_owned());
            pieces.push(rest[at..=at].to_owned());
            rest = &rest[at + 1..];
        }
        pieces.push(rest.to_owned());
        let is_number = |piece: &String| !piece.is_empty() && piece.chars().all(|letter| letter.is_ascii_digit());
        if let Some(piece) = pieces.iter_mut().find(|piece| is_number(piece)) {
            *piece = number.to_string();
        }
        pieces.concat()
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn focus_on(table: &Element, focus: &FocusTarget) {
    let row = rows(table).into_iter().nth(focus.row);
    if let Some(target) = row.and_then(|row| row.query_selector(focus.on).ok().flatten()) {
        browser::focus(&target);
    }
}

#[cfg(test)]
mod tests {
    use super::renumbered;

    #[test]
    fn only_the_row_is_renumbered() {
        assert_eq!(renumbered("nodes.3.host", "name", 0), "nodes.0.host");
        assert_eq!(renumbered("move-node-up.12", "value", 1), "move-node-up.1");
        assert_eq!(renumbered("clustering-nodes-3-hazelcast-port", "id", 4), "clustering-nodes-4-hazelcast-port");
        assert_eq!(
            renumbered("clustering-nodes-host-hint clustering-nodes-3-host-error", "aria-describedby", 0),
            "clustering-nodes-host-hint clustering-nodes-0-host-error"
        );
        assert_eq!(renumbered("Move node 3 up", "aria-label", 0), "Move node 1 up");
    }
}
