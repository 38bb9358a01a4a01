//! Keeps the preview up to date while the step is edited: fetches the files after each save, shows the chosen one, and
//! marks the lines that have changed since the page was loaded.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::browser;
use super::copy::{Copy, file_text};
use crate::urls;
use crate::wire::{PreviewFile, PreviewFiles};

/// Takes over the preview that the server rendered.
#[island]
pub fn LivePreview(children: Children) -> impl IntoView {
    if browser::IN_BROWSER
        && let (Some(form), Some(plan)) = (browser::step_form(), browser::plan())
    {
        watch(&urls::preview_json(&plan, &form.id()), plan);
    }
    view! {
        {children()}
        <Copy text=file_text label="the file".to_owned()/>
    }
}

#[derive(Default)]
struct PreviewPaneState {
    plan: String,
    now: PreviewFiles,
    /// The texts at the load of the page, or when a file first appeared.
    before: BTreeMap<String, String>,
    shown: String,
}

fn watch(url: &str, plan: String) {
    let (Some(document), Some(list)) = (browser::document(), browser::element("preview-files")) else { return };
    let shown = browser::element("file-name").and_then(|name| name.text_content()).unwrap_or_default();
    let pane = Rc::new(RefCell::new(PreviewPaneState { plan, shown, ..PreviewPaneState::default() }));
    let refresh = {
        let (pane, url) = (Rc::clone(&pane), url.to_owned());
        move || {
            let (pane, url) = (Rc::clone(&pane), url.clone());
            spawn_local(async move {
                let fetched = browser::get(&url).await.and_then(|text| read(&text));
                if let Some(files) = fetched {
                    pane.borrow_mut().take(files);
                }
            });
        }
    };
    // Changes are compared with the texts at the load of the page. They are fetched at the first interaction, which is
    // before the first save, so that the first load does not need their bytes.
    let started = Rc::new(Cell::new(false));
    for kind in ["focusin", "pointermove", "pointerdown", "keydown", "input"] {
        let (started, refresh) = (Rc::clone(&started), refresh.clone());
        browser::listen(&document, kind, move |_| {
            if !started.replace(true) {
                refresh();
            }
        });
    }
    browser::listen(&document, browser::DRAFT_SAVED_EVENT, move |_| refresh());
    browser::listen(&list, "click", move |event| {
        let link = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let path =
            link.and_then(|link| link.closest("a").ok().flatten()).and_then(|link| link.get_attribute("data-path"));
        if let (Some(path), false) = (path, opens_new_tab(&event)) {
            event.prevent_default();
            let mut pane = pane.borrow_mut();
            pane.shown = path;
            // This file is drawn as soon as the files have arrived.
            if !pane.now.files.is_empty() {
                pane.draw();
            }
        }
    });
}

/// Parses [`PreviewFiles`] from the response of the server.
fn read(text: &str) -> Option<PreviewFiles> {
    let value = browser::json(text)?;
    let files = browser::member(&value, "files").dyn_into::<js_sys::Array>().ok()?;
    let file = |file| PreviewFile { path: browser::text(&file, "path"), text: browser::text(&file, "text") };
    Some(PreviewFiles { files: files.iter().map(file).collect(), missing: browser::text(&value, "missing") })
}

/// Whether a click opens another window or tab.
fn opens_new_tab(event: &Event) -> bool {
    event
        .dyn_ref::<web_sys::MouseEvent>()
        .is_some_and(|mouse| mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key())
}

impl PreviewPaneState {
    fn take(&mut self, files: PreviewFiles) {
        for file in &files.files {
            self.before.entry(file.path.clone()).or_insert_with(|| file.text.clone());
        }
        self.now = files;
        if !self.now.files.iter().any(|file| file.path == self.shown) {
            self.shown = self.now.files.first().map_or_else(String::new, |file| file.path.clone());
        }
        self.draw();
    }

    fn draw(&self) {
        let (Some(list), Some(note)) = (browser::element("preview-files"), browser::element("preview-note")) else {
            return;
        };
        let Some(file) = self.now.files.iter().find(|file| file.path == self.shown) else {
            note.set_text_content(Some(&self.now.missing));
            return;
        };
        self.draw_names(&list);
        let before = self.before.get(&file.path).map_or("", String::as_str);
        let changed = changed_lines(before, &file.text);
        note.set_text_content(Some(&describe(&changed)));
        let (Some(lines), Some(text), Some(name), Some(body)) = (
            browser::element("file-lines"),
            browser::element("file-text"),
            browser::element("file-name"),
            browser::element("file-body"),
        ) else {
            return;
        };
        let (numbers, marked) = mark(&file.text, &changed);
        lines.set_text_content(Some(&numbers));
        text.set_inner_html(&marked);
        name.set_text_content(Some(&file.path));
        let _ = body.set_attribute("aria-label", &file.path);
        if let Some(pane) = name.parent_element() {
            let _ = pane.remove_attribute("hidden");
        }
    }

    /// Updates the list of files: nodes may have been added, removed or renamed.
    fn draw_names(&self, list: &Element) {
        let links = browser::all(list, "a");
        let same = links.len() == self.now.files.len()
            && links
                .iter()
                .zip(&self.now.files)
                .all(|(link, file)| link.get_attribute("data-path").as_deref() == Some(&file.path));
        if !same {
            self.rebuild_names(list);
        }
        for link in browser::all(list, "a") {
            let current = link.get_attribute("data-path").as_deref() == Some(&self.shown);
            let _ = if current {
                link.set_attribute("aria-current", "true")
            } else {
                link.remove_attribute("aria-current")
            };
        }
    }

    fn rebuild_names(&self, list: &Element) {
        let Some(document) = browser::document() else { return };
        list.set_inner_html("");
        for file in &self.now.files {
            let (Ok(item), Ok(link)) = (document.create_element("li"), document.create_element("a")) else { return };
            let _ = link.set_attribute("href", &urls::preview_file(&self.plan, &file.path));
            let _ = link.set_attribute("data-path", &file.path);
            link.set_text_content(Some(&crate::wire::short_name(&file.path)));
            let _ = item.append_child(&link);
            let _ = list.append_child(&item);
        }
    }
}

/// The numbers, from 1, of the lines of `now` that differ from `before`.
fn changed_lines(before: &str, now: &str) -> Vec<usize> {
    let (before, now): (Vec<_>, Vec<_>) = (before.lines().collect(), now.lines().collect());
    let start = before.iter().zip(&now).take_while(|(before, now)| before == now).count();
    let rest = before.len().min(now.len()) - start;
    let end = before.iter().rev().zip(now.iter().rev()).take(rest).take_while(|(before, now)| before == now).count();
    let kept = &before[start..before.len() - end];
    (start..now.len() - end).filter(|index| !kept.contains(&now[*index])).map(|index| index + 1).collect()
}

fn describe(changed: &[usize]) -> String {
    let numbers: Vec<_> = changed.iter().take(8).map(ToString::to_string).collect();
    let more = if changed.len() > numbers.len() { " and more" } else { "" };
    match changed.len() {
        0 => "Passwords and keys are masked.".to_owned(),
        1 => format!("Changed since you opened this page: line {}.", numbers.join("")),
        _ => format!("Changed since you opened this page: lines {}{more}.", numbers.join(", ")),
    }
}

/// The column of line numbers, with a sign at changed lines, and the text with those lines marked.
fn mark(text: &str, changed: &[usize]) -> (String, String) {
    let (mut numbers, mut marked) = (String::new(), String::new());
    for (line, number) in text.lines().zip(1..) {
        let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let is_changed = changed.binary_search(&number).is_ok();
        let _ = writeln!(numbers, "{}{number}", if is_changed { "changed " } else { "" });
        let _ = if is_changed { writeln!(marked, "<mark>{line}</mark>") } else { writeln!(marked, "{line}") };
    }
    (numbers, marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_changed_are_named() {
        assert_eq!(changed_lines("a\nb\nc", "a\nb\nc"), Vec::<usize>::new());
        assert_eq!(changed_lines("a\nb\nc", "a\nx\nc"), vec![2]);
        assert_eq!(changed_lines("a\nc", "a\nb\nc"), vec![2]);
        assert_eq!(changed_lines("a\nb\nc", "a\nc"), Vec::<usize>::new());
        assert_eq!(changed_lines("", "a\nb"), vec![1, 2]);
        assert_eq!(changed_lines("a\na", "a\na\na"), vec![3]);
    }

    #[test]
    fn a_file_is_text_and_never_markup() {
        let (numbers, marked) = mark("x = \"<script>\"\ny", &[1]);
        assert_eq!(numbers, "changed 1\n2\n");
        assert_eq!(marked, "<mark>x = \"&lt;script&gt;\"</mark>\ny\n");
    }
}
