//! Who is here and what they change, while the page is looked at: the server writes the words.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, EventSource, MessageEvent};

use super::browser;
use super::standing::StatusRefresh;

/// Follows the stream that the page names. A page in the background lets go of it: a browser has few connections to one
/// host, and who looks away is not here.
pub(super) fn subscribe(standing: &StatusRefresh) {
    let Some(place) = browser::element("together") else { return };
    let Some(url) = place.get_attribute("data-events") else { return };
    let url = format!("{url}&tab={}", tab(&place).unwrap_or_default());
    let standing = standing.clone();
    let Some(document) = browser::document() else { return };
    let stream = Rc::new(RefCell::new(None::<EventSource>));
    let look = move || {
        let hidden = browser::document().is_some_and(|document| document.hidden());
        let mut stream = stream.borrow_mut();
        match stream.take() {
            Some(open) if hidden => open.close(),
            None if !hidden => *stream = open(&url, &standing),
            same => *stream = same,
        }
    };
    look();
    browser::listen(&document, "visibilitychange", move |_| look());
}

/// Each event is named after the element whose markup it brings.
fn open(url: &str, standing: &StatusRefresh) -> Option<EventSource> {
    let source = EventSource::new(url).ok()?;
    for name in ["here", "changed"] {
        let standing = standing.clone();
        browser::listen(&source, name, move |event| {
            let said = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
            if let (Some(place), Some(said)) = (browser::element(name), said) {
                place.set_inner_html(&said);
            }
            // What somebody changed may be in the drawing, or a password.
            if name == "changed" {
                standing.ask();
            }
        });
    }
    Some(source)
}

/// Names this tab of the browser by the first page it showed: after a quick reload the page before may still count as
/// looked at, and nobody is told of themselves.
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
