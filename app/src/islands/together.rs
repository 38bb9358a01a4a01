//! Who is here and what they change, while the page is looked at: the server writes the words.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{EventSource, MessageEvent};

use super::browser;

/// Follows the stream that the page names. A page in the background lets go of it: a browser has few connections to one
/// host, and who looks away is not here.
pub(super) fn subscribe() {
    let Some(url) = browser::element("together").and_then(|place| place.get_attribute("data-events")) else { return };
    let Some(document) = browser::document() else { return };
    let stream = Rc::new(RefCell::new(None::<EventSource>));
    let look = move || {
        let hidden = browser::document().is_some_and(|document| document.hidden());
        let mut stream = stream.borrow_mut();
        match stream.take() {
            Some(open) if hidden => open.close(),
            None if !hidden => *stream = open(&url),
            same => *stream = same,
        }
    };
    look();
    browser::listen(&document, "visibilitychange", move |_| look());
}

/// Each event is named after the element whose markup it brings.
fn open(url: &str) -> Option<EventSource> {
    let source = EventSource::new(url).ok()?;
    for name in ["here", "changed"] {
        browser::listen(&source, name, move |event| {
            let said = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
            if let (Some(place), Some(said)) = (browser::element(name), said) {
                place.set_inner_html(&said);
            }
        });
    }
    Some(source)
}
