//! The presence and the changes of other people, while the page is visible: the server writes the texts.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, EventSource, MessageEvent};

use super::browser;
use super::standing::StatusRefresh;

/// Subscribes to the change feed that the page names. A page in the background closes it: a browser has few connections
/// per host, and a person with a hidden page is not present.
pub(super) fn subscribe(standing: &StatusRefresh) {
    let Some(place) = browser::element("together") else { return };
    let Some(url) = place.get_attribute("data-events") else { return };
    let url = format!("{url}&tab={}", tab(&place).unwrap_or_default());
    let standing = standing.clone();
    let Some(document) = browser::document() else { return };
    let stream = Rc::new(RefCell::new(None::<EventSource>));
    let update = move || {
        let hidden = browser::document().is_some_and(|document| document.hidden());
        let mut stream = stream.borrow_mut();
        match stream.take() {
            Some(open) if hidden => open.close(),
            None if !hidden => *stream = open(&url, &standing),
            same => *stream = same,
        }
    };
    update();
    browser::listen(&document, "visibilitychange", move |_| update());
}

/// The name of each event is the id of the element whose markup it contains.
fn open(url: &str, standing: &StatusRefresh) -> Option<EventSource> {
    let source = EventSource::new(url).ok()?;
    for name in ["here", "changed"] {
        let standing = standing.clone();
        browser::listen(&source, name, move |event| {
            let html = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
            if let (Some(place), Some(html)) = (browser::element(name), html) {
                place.set_inner_html(&html);
            }
            // The change may affect the drawing, or the status of a password.
            if name == "changed" {
                standing.ask();
            }
        });
    }
    Some(source)
}

/// The id of this browser tab: that of its first page. After a quick reload the previous page may still count as open,
/// and people must not be reported to themselves.
fn tab(place: &Element) -> Option<String> {
    const KEY: &str = "tab";
    let storage = browser::window()?.session_storage().ok()??;
    if let Ok(Some(tab)) = storage.get_item(KEY) {
        return Some(tab);
    }
    let page = place.get_attribute("data-page")?;
    storage.set_item(KEY, &page).ok()?;
    Some(page)
}
