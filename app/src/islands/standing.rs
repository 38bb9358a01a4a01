//! Keeps the list of steps, and the list and the download of Review, as the checks leave them: each is drawn by the
//! server and fetched again when a check said something.

use std::cell::Cell;
use std::rc::Rc;

use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::browser;
use crate::urls;

/// Time between two fetches, in milliseconds: a run of ninety checks must not be ninety requests.
const REFRESH_INTERVAL_MS: i32 = 500;

/// One at a time, and one more when something happened meanwhile.
#[derive(Clone)]
pub(super) struct StatusRefresh {
    url: Rc<str>,
    state: Rc<Cell<RefreshState>>,
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
        Self { url: url.into(), state: Rc::default() }
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
                redraw(&refresh.url).await;
                browser::sleep(REFRESH_INTERVAL_MS).await;
            }
            refresh.state.set(RefreshState::Idle);
        });
    }
}

async fn redraw(url: &str) -> Option<()> {
    let answer = browser::json(&browser::get(url).await?)?;
    for (id, name) in [(urls::PROGRESS, "progress"), (urls::STATUS, "review")] {
        let html = browser::text(&answer, name);
        if let Some(place) = browser::element(id).filter(|_| !html.is_empty())
            && !is_typed_in(&place)
        {
            browser::redraw(&place, &html);
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
