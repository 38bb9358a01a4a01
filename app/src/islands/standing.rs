//! Keeps the parts of a page that follow saves and checks, such as the list of steps, the drawing and what is told of a
//! password: each is drawn by the server and fetched again when something was saved or a check said something.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::browser;

/// Time between two fetches, in milliseconds: a run of ninety checks must not be ninety requests.
const REFRESH_INTERVAL_MS: i32 = 500;

/// One at a time, and one more when something happened meanwhile.
#[derive(Clone)]
pub(super) struct StatusRefresh {
    url: Rc<str>,
    state: Rc<Cell<RefreshState>>,
    /// What was put into the page, by id.
    last: Rc<RefCell<HashMap<String, String>>>,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum RefreshState {
    #[default]
    Idle,
    Fetching,
    /// What is being fetched may be old already.
    Again,
}

impl StatusRefresh {
    pub(super) fn new(url: String) -> Self {
        Self { url: url.into(), state: Rc::default(), last: Rc::default() }
    }

    /// Something changed: fetches now, or after the fetch that goes on.
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

/// Puts each piece into its element; what is the same as the last time stays as it is.
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

/// Whether somebody typed into a field there: that must stay.
fn is_typed_in(place: &web_sys::Element) -> bool {
    let is_filled = |input: web_sys::Element| {
        input.dyn_into::<web_sys::HtmlInputElement>().is_ok_and(|input| !input.value().is_empty())
    };
    browser::all(place, "input[type=text]").into_iter().any(is_filled)
}
