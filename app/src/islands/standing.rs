//! Refreshes the parts of a page that depend on saves and checks, such as the list of steps, the drawing and the status
//! of a password: the server renders each, and the browser fetches it again after a save or a check result.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::browser;

/// Time between two fetches, in milliseconds, so that a run of ninety checks does not send ninety requests.
const REFRESH_INTERVAL_MS: i32 = 500;

/// Fetches one at a time, and once more after a change during a fetch.
#[derive(Clone)]
pub(super) struct StatusRefresh {
    url: Rc<str>,
    state: Rc<Cell<RefreshState>>,
    /// The last markup of each element, by id.
    last: Rc<RefCell<HashMap<String, String>>>,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum RefreshState {
    #[default]
    Idle,
    Fetching,
    /// The current fetch may return an old state.
    Again,
}

impl StatusRefresh {
    pub(super) fn new(url: String) -> Self {
        Self { url: url.into(), state: Rc::default(), last: Rc::default() }
    }

    /// Fetches now, or after the current fetch.
    pub(super) fn ask(&self) {
        if self.state.replace(RefreshState::Again) != RefreshState::Idle {
            return;
        }
        let refresh = self.clone();
        spawn_local(async move {
            while refresh.state.get() == RefreshState::Again {
                refresh.state.set(RefreshState::Fetching);
                redraw(&refresh.url, &refresh.last).await;
                browser::sleep(REFRESH_INTERVAL_MS).await;
            }
            refresh.state.set(RefreshState::Idle);
        });
    }
}

/// Updates the element of each piece that has changed.
async fn redraw(url: &str, last: &RefCell<HashMap<String, String>>) -> Option<()> {
    let answer = browser::json(&browser::get(url).await?)?;
    for piece in js_sys::Object::entries(answer.dyn_ref()?) {
        let piece: js_sys::Array = piece.dyn_into().ok()?;
        let (id, html) = (piece.get(0).as_string()?, piece.get(1).as_string()?);
        let is_same = last.borrow().get(&id) == Some(&html);
        if let Some(place) = browser::element(&id).filter(|place| !is_same && !is_typed_in(place)) {
            browser::redraw(&place, &html);
            last.borrow_mut().insert(id, html);
        }
    }
    Some(())
}

/// Whether a text field there has a text, which must not be lost.
fn is_typed_in(place: &web_sys::Element) -> bool {
    let is_filled = |input: web_sys::Element| {
        input.dyn_into::<web_sys::HtmlInputElement>().is_ok_and(|input| !input.value().is_empty())
    };
    browser::all(place, "input[type=text]").into_iter().any(is_filled)
}
