//! Saves the step while it is edited, and shows when. It sends one request at a time.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlFormElement, HtmlInputElement, SubmitEvent};

use super::standing::StatusRefresh;
use super::{browser, together};
use crate::urls;

/// Milliseconds between two requests while a person types.
const SAVE_DELAY_MS: i32 = 150;
/// Milliseconds before a failed request is repeated.
const RETRY_INTERVAL_MS: i32 = 2000;

/// Takes over the line that shows when the plan was saved. It is no live region, because it changes with every typed
/// word.
#[island]
pub fn Autosave(children: Children) -> impl IntoView {
    if browser::IN_BROWSER
        && let (Some(form), Some(plan)) = (browser::step_form(), browser::plan())
    {
        let standing = StatusRefresh::new(urls::plan_status(&plan, &form.id()));
        together::subscribe(&standing);
        if let Some(document) = browser::document() {
            browser::listen(&document, browser::DRAFT_SAVED_EVENT, move |_| standing.ask());
        }
        watch(&Rc::new(DraftSaver {
            form,
            url: urls::draft(&plan),
            changed: Cell::new(false),
            busy: Cell::new(false),
            leaving: Cell::new(false),
            failing: Cell::new(false),
        }));
    }
    children()
}

struct DraftSaver {
    form: HtmlFormElement,
    url: String,
    /// A change has not been sent.
    changed: Cell<bool>,
    /// A request has no response yet.
    busy: Cell<bool>,
    /// The form is being submitted, with all answers.
    leaving: Cell<bool>,
    /// The last request failed, so a request while the page closes may fail too.
    failing: Cell<bool>,
}

fn watch(saver: &Rc<DraftSaver>) {
    for event in ["input", "change"] {
        let saver = Rc::clone(saver);
        browser::listen(&saver.form.clone(), event, move |_| {
            saver.changed.set(true);
            let _ = saver.form.set_attribute(browser::UNSAVED_ATTRIBUTE, "");
            if !saver.busy.replace(true) {
                spawn_local(Rc::clone(&saver).run());
            }
        });
    }
    let submitting = Rc::clone(saver);
    browser::listen(&saver.form, "submit", move |event| submitting.submit(&event));
    let Some(window) = browser::window() else { return };
    let unloading = Rc::clone(saver);
    browser::listen(&window, "beforeunload", move |event| {
        if unloading.is_open() && unloading.failing.get() && unloading.has_password() {
            event.prevent_default();
        }
    });
    let hiding = Rc::clone(saver);
    browser::listen(&window, "pagehide", move |_| {
        if hiding.is_open() {
            let hiding = Rc::clone(&hiding);
            spawn_local(async move { drop(hiding.send(true).await) });
        }
    });
}

/// Shows a status, which is markup because a time is an element.
fn show_status(status: &str) {
    if let Some(line) = browser::element("saved") {
        line.set_inner_html(status);
    }
}

/// Shows the button that opens the choice between conflicting changes.
fn offer_choice(offered: bool) {
    if let Some(button) = browser::element("contested") {
        let _ = button.toggle_attribute_with_force("hidden", !offered);
    }
}

impl DraftSaver {
    async fn run(self: Rc<Self>) {
        while !self.leaving.get() && self.changed.replace(false) {
            show_status("Saving…");
            let response = self.send(false).await;
            self.failing.set(!matches!(response, Some((200, _))));
            match response {
                Some((200, text)) => self.saved(&text),
                Some((409, text)) => {
                    if let Some(contested) = browser::json(&text) {
                        show_status(&browser::text(&contested, "message"));
                    }
                    offer_choice(true);
                    break;
                }
                _ => {
                    self.changed.set(true);
                    show_status("Not saved yet: no response. Retrying.");
                    browser::sleep(RETRY_INTERVAL_MS).await;
                }
            }
            if !self.changed.get() {
                let _ = self.form.remove_attribute(browser::UNSAVED_ATTRIBUTE);
            }
            browser::sleep(SAVE_DELAY_MS).await;
        }
        self.busy.set(false);
    }

    async fn send(&self, outlive_page: bool) -> Option<(u16, String)> {
        let body = browser::body(&self.form)?;
        body.append("step", &self.form.id());
        browser::post(&self.url, &body, outlive_page).await
    }

    /// `text` is [`crate::wire::DraftSaved`].
    fn saved(&self, text: &str) {
        let Some(saved) = browser::json(text) else { return };
        if let Some(input) = self.input("input[name=revision]") {
            // JavaScript has no integers; revisions are small.
            let revision = browser::member(&saved, "revision").as_f64().unwrap_or_default() as u64;
            input.set_value(&revision.to_string());
        }
        show_status(&format!("Saved {}", browser::text(&saved, "saved_at")));
        offer_choice(false);
        if let Some(document) = browser::document() {
            browser::dispatch(&document, browser::DRAFT_SAVED_EVENT);
        }
    }

    /// A form that is submitted during a request would contain an old revision, so it waits for the response.
    fn submit(self: &Rc<Self>, event: &Event) {
        self.leaving.set(true);
        if !self.busy.get() {
            return;
        }
        event.prevent_default();
        let submitter = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
        let saver = Rc::clone(self);
        spawn_local(async move {
            while saver.busy.get() {
                browser::sleep(10).await;
            }
            let _ = match submitter {
                Some(button) => saver.form.request_submit_with_submitter(Some(&button)),
                None => saver.form.request_submit(),
            };
        });
    }

    fn is_open(&self) -> bool {
        !self.leaving.get() && self.form.has_attribute(browser::UNSAVED_ATTRIBUTE)
    }

    fn has_password(&self) -> bool {
        browser::all(&self.form, "[autocomplete=new-password]")
            .into_iter()
            .filter_map(|input| input.dyn_into::<HtmlInputElement>().ok())
            .any(|input| !input.value().is_empty())
    }

    fn input(&self, selector: &str) -> Option<HtmlInputElement> {
        self.form.query_selector(selector).ok()??.dyn_into().ok()
    }
}
