//! The browser functions that islands use. They report no errors: if the browser lacks a function, the page works as
//! without JavaScript.

use js_sys::{Object, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, Event, EventTarget, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, RequestInit,
    Response, UrlSearchParams, Window,
};

/// Whether this runs in the browser. There the body of an island runs after the whole page is loaded, so that it can
/// take over elements at once; an effect would do the same with more bytes.
pub(super) const IN_BROWSER: bool = cfg!(target_arch = "wasm32");

/// The event on the document after a draft was saved.
pub(super) const DRAFT_SAVED_EVENT: &str = "draft-saved";
/// The attribute of a form while its draft is not saved.
pub(super) const UNSAVED_ATTRIBUTE: &str = "data-unsaved";

pub(super) fn window() -> Option<Window> {
    web_sys::window()
}

pub(super) fn document() -> Option<Document> {
    window()?.document()
}

pub(super) fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

pub(super) fn form(id: &str) -> Option<HtmlFormElement> {
    element(id)?.dyn_into().ok()
}

/// The form of the step of this page.
pub(super) fn step_form() -> Option<HtmlFormElement> {
    document()?.query_selector("form.step-form").ok()??.dyn_into().ok()
}

/// The id of the plan of this page, from its URL: `/plans/{plan}/…`.
pub(super) fn plan() -> Option<String> {
    let path = window()?.location().pathname().ok()?;
    crate::urls::strip_prefix(&path)?.split('/').nth(2).map(str::to_owned)
}

/// All elements below `top` that match, in document order.
pub(super) fn all(top: &Element, selector: &str) -> Vec<Element> {
    let Ok(list) = top.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

/// Calls `handler` for each event until the page is closed.
pub(super) fn listen(target: &EventTarget, event: &str, handler: impl FnMut(Event) + 'static) {
    let handler = Closure::<dyn FnMut(Event)>::new(handler).into_js_value();
    let _ = target.add_event_listener_with_callback(event, handler.unchecked_ref());
}

/// Dispatches an event that bubbles.
pub(super) fn dispatch(target: &EventTarget, name: &str) {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict(name, &init) {
        let _ = target.dispatch_event(&event);
    }
}

pub(super) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Replaces the markup in `place`. Expanded details stay expanded, and focus stays where it was if that element still
/// exists.
pub(super) fn redraw(place: &Element, html: &str) {
    const STOPS: &str = "a, button, pre, summary";
    let unfolded: Vec<String> = all(place, "details[open]").iter().map(Element::id).collect();
    let focused = document().and_then(|page| page.active_element()).and_then(|active| {
        let around = active.closest("[id]").ok()??;
        let stop = all(&around, STOPS).iter().position(|stop| *stop == active);
        place.contains(Some(&active)).then(|| (around.id(), stop))
    });
    place.set_inner_html(html);
    for id in unfolded {
        if let Some(details) = element(&id) {
            let _ = details.set_attribute("open", "");
        }
    }
    if let Some((id, stop)) = focused
        && let Some(around) = element(&id)
    {
        focus(stop.and_then(|stop| all(&around, STOPS).into_iter().nth(stop)).as_ref().unwrap_or(&around));
    }
}

/// The fields that the form would send, without files: only Continue sends them.
pub(super) fn body(form: &HtmlFormElement) -> Option<UrlSearchParams> {
    let data = FormData::new_with_form(form).ok()?;
    for input in all(form, "input[type=file]") {
        data.delete(&input.dyn_into::<HtmlInputElement>().ok()?.name());
    }
    // The constructor accepts any iterable of pairs; web-sys declares it only for a record.
    UrlSearchParams::new_with_record_from_str_to_str(data.unchecked_ref::<Object>()).ok()
}

/// Sends a form body and returns status and text; `None` if there was no response.
pub(super) async fn post(url: &str, body: &UrlSearchParams, outlive_page: bool) -> Option<(u16, String)> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(body);
    if outlive_page {
        let _ = js_sys::Reflect::set(&request, &"keepalive".into(), &JsValue::TRUE);
    }
    send(url, &request).await
}

/// Fetches JSON or an HTML fragment.
pub(super) async fn get(url: &str) -> Option<String> {
    let (status, text) = send(url, &RequestInit::new()).await?;
    (status == 200).then_some(text)
}

async fn send(url: &str, request: &RequestInit) -> Option<(u16, String)> {
    let headers = Object::new();
    js_sys::Reflect::set(&headers, &"Accept".into(), &"application/json".into()).ok()?;
    request.set_headers(&headers);
    let response = JsFuture::from(window()?.fetch_with_str_and_init(url, request)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    Some((response.status(), text.as_string()?))
}

/// Parses a response of the server. The browser's parser needs no bytes; serde would be loaded for a few fields.
pub(super) fn json(text: &str) -> Option<JsValue> {
    js_sys::JSON::parse(text).ok()
}

/// A member of an object.
pub(super) fn member(value: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A member as text; empty if it does not exist.
pub(super) fn text(value: &JsValue, name: &str) -> String {
    member(value, name).as_string().unwrap_or_default()
}

/// Waits without blocking the page.
pub(super) async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Waits until the form's draft is saved, so that the next request uses the answers on the page.
pub(super) async fn wait_until_saved(form: &HtmlFormElement) {
    for _ in 0..100 {
        if !form.has_attribute(UNSAVED_ATTRIBUTE) {
            return;
        }
        sleep(20).await;
    }
}
