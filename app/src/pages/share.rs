//! The share links of a plan: the form to create one, the link that was just created, and the list.

use domain::limits::{LINK_LABEL, PERSON_NAME};
use domain::rights::LinkAccess;
use domain::sharing::{LinkLifetime, LinkState};
use domain::step::Step;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, FieldError, Shell, Time, described, document};
use crate::islands::CopyText;
use crate::urls;
use crate::view::{CreatedLinkView, LinkFormError, LinkFormView, LinkRow, ShareView};

/// The page.
#[must_use]
pub fn share(view: &ShareView) -> String {
    let error = if view.problems.is_empty() { "" } else { "Error: " };
    let title = format!("{error}Share – Cluster setup");
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: ShareView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let link = |problem: &LinkFormError| ErrorLink {
        href: format!("#{}", problem.field),
        message: problem.message.to_owned(),
    };
    let errors = view.problems.iter().map(link).collect();
    view! {
        <Shell head=view.plan.clone()>
            <main id="main" tabindex="-1" class="main narrow share">
                <ErrorSummary errors/>
                <a class="back" href=urls::review(&plan)>"Back to the plan"</a>
                <h1 id=urls::TITLE tabindex="-1">"Share"</h1>
                <p class="intro">
                    "Anyone with a link gets the access you choose until it expires. No link shows passwords or keys."
                </p>
                {view.made.clone().map(|made| view! { <CreatedLink made/> })}
                <NewLink plan=plan.clone() entered=view.entered.clone() problems=view.problems.clone()/>
                <Links plan links=view.links.clone()/>
            </main>
        </Shell>
    }
    .into_any()
}

#[component]
fn CreatedLink(made: CreatedLinkView) -> impl IntoView {
    let (svg_path, width) = made.code.clone();
    let box_of = format!("-4 -4 {0} {0}", width + 8);
    let uses = match made.most_uses {
        None => "any number of times".to_owned(),
        Some(1) => "once".to_owned(),
        Some(count) => format!("{count} times"),
    };
    view! {
        <section class="card made" aria-labelledby="made-title" data-answer="made">
            <h2 id="made-title" tabindex="-1" autofocus>"Your link"</h2>
            <p><b>"Copy it now: it is not shown again."</b> {format!(" Anyone with the link can {}", made.right.allows())}</p>
            <p class="link-address" id="link-address" tabindex="0"><code>{made.address.clone()}</code></p>
            <CopyText text=made.address.clone() label="the link".to_owned()/>
            {made.is_only_here.then(|| view! {
                <p class="note note-warning">
                    "Only this machine can open this link. To share it, start Clusterwright with --listen and the address of this machine, open the plan at that address, and create the link there."
                </p>
            })}
            <p class="hint">
                "Valid until " <Time moment=made.ends/> {format!(". It can be opened {uses}.")}
                {made.has_password.then_some(" Send the password separately from the link.")}
            </p>
            {(width > 0 && !made.is_only_here).then(|| view! {
                <svg class="qr" viewBox=box_of role="img" aria-label="The link as a QR code" width="176" height="176">
                    <rect x="-4" y="-4" width=width + 8 height=width + 8 fill="#fff"/>
                    <path d=svg_path fill="#000"/>
                </svg>
            })}
        </section>
    }
    .into_any()
}

/// The access levels: their form values, labels and descriptions.
fn access_levels() -> [(&'static str, &'static str, String); 5] {
    let fill = "edit one step and run its checks, and see nothing else. Passwords can be set, but not viewed.";
    [
        ("view", "View", LinkAccess::View.allows()),
        ("comment", "View and comment", LinkAccess::Comment.allows()),
        ("edit", "Edit", LinkAccess::Edit.allows()),
        ("fill", "Edit one step", fill.to_owned()),
        ("download", "Download without secrets", LinkAccess::Download.allows()),
    ]
}

/// A description from its predicate: `Can see everything.`
fn access_description(allows: &str) -> String {
    format!("Can {allows}")
}

#[component]
fn NewLink(plan: String, entered: LinkFormView, problems: Vec<LinkFormError>) -> impl IntoView {
    let problem =
        move |field: &str| problems.iter().find(|problem| problem.field == field).map(|problem| problem.message);
    let chosen = if entered.right.is_empty() { "view".to_owned() } else { entered.right.clone() };
    let radios = access_levels()
        .into_iter()
        .map(|(value, title, allows)| {
            let id = format!("right-{value}");
            let help = format!("{id}-help");
            view! {
                <div class="radio">
                    <input type="radio" id=id.clone() name="right" value=value checked=value == chosen aria-describedby=help.clone()/>
                    <label for=id>{title}</label>
                    <span class="radio-help" id=help>{access_description(&allows)}</span>
                </div>
            }
        })
        .collect_view();
    let steps = Step::ALL
        .into_iter()
        .map(|step| view! { <option value=step.slug() selected=entered.step == Some(step)>{step.title()}</option> })
        .collect_view();
    let lifetimes = LinkLifetime::ALL
        .into_iter()
        .map(|lifetime| {
            let selected = entered.lifetime == lifetime;
            view! { <option value=lifetime.slug() selected=selected>{lifetime.title()}</option> }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="new-link-title">
            <h2 id="new-link-title">"New link"</h2>
            <form method="post" action=urls::share(&plan) novalidate autocomplete="off">
                <fieldset class=if problem("right-view").is_some() { "field field-error" } else { "field" }>
                    <legend class="label">"Access"</legend>
                    <FieldError id="right-view" message=problem("right-view").map(str::to_owned)/>
                    <div class="radios">{radios}</div>
                </fieldset>
                <div class="field">
                    <label class="label" for="link-step">"Step"</label>
                    <p class="hint" id="link-step-hint">"Used only with “Edit one step”."</p>
                    <select id="link-step" name="step" aria-describedby="link-step-hint">{steps}</select>
                </div>
                <div class="field">
                    <label class="label" for="link-lifetime">"Expires after"</label>
                    <select id="link-lifetime" name="lifetime">{lifetimes}</select>
                </div>
                <TextField id="link-label" name="label" label="Label" hint="Shown only in the list below." value=entered.label.clone() class="w-30" numeric=false error=problem("link-label")/>
                <TextField id="link-name" name="name" label="Your name" hint="Shown to anyone who opens the link." value=entered.name.clone() class="w-30" numeric=false error=problem("link-name")/>
                <TextField id="link-uses" name="uses" label="Maximum uses" hint="A number, such as 1. Leave the field empty for unlimited uses." value=entered.uses.clone() class="w-5" numeric=true error=problem("link-uses")/>
                <div class=if problem("link-password").is_some() { "field field-error" } else { "field" }>
                    <label class="label" for="link-password">"Password " <span class="optional">"(optional)"</span></label>
                    <p class="hint" id="link-password-hint">"At least 8 characters. Required to open the link."</p>
                    <FieldError id="link-password" message=problem("link-password").map(str::to_owned)/>
                    <input
                        type="password"
                        class="w-30"
                        id="link-password"
                        name="password"
                        autocomplete="new-password"
                        aria-describedby=described("link-password", problem("link-password").is_some()).1
                        aria-invalid=problem("link-password").map(|_| "true")
                    />
                </div>
                <button class="primary">"Create link"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn TextField(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    class: &'static str,
    numeric: bool,
    error: Option<&'static str>,
) -> impl IntoView {
    let limit = if name == "label" { LINK_LABEL } else { PERSON_NAME };
    view! {
        <div class=if error.is_some() { "field field-error" } else { "field" }>
            <label class="label" for=id>{label} " " <span class="optional">"(optional)"</span></label>
            <p class="hint" id=format!("{id}-hint")>{hint}</p>
            <FieldError id message=error.map(str::to_owned)/>
            <input
                type="text"
                class=class
                id=id
                name=name
                value=value
                maxlength=limit.max.to_string()
                inputmode=numeric.then_some("numeric")
                autocomplete=if name == "name" { "name" } else { "off" }
                aria-describedby=described(id, error.is_some()).1
                aria-invalid=error.map(|_| "true")
            />
        </div>
    }
    .into_any()
}

#[component]
fn Links(plan: String, links: Vec<LinkRow>) -> impl IntoView {
    let is_empty = links.is_empty();
    let items = links.into_iter().map(|link| view! { <LinkItem plan=plan.clone() link/> }).collect_view();
    view! {
        <section aria-labelledby="links-title">
            <h2 id="links-title">"Links of this plan"</h2>
            {is_empty.then(|| view! { <p>"This plan has no links."</p> })}
            <ul class="links">{items}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn LinkItem(plan: String, link: LinkRow) -> impl IntoView {
    let name = if link.label.is_empty() { link.right.title() } else { link.label.clone() };
    let by = link.made_by.map_or_else(String::new, |name| format!(" by {name}"));
    let uses = match (link.uses, link.most_uses) {
        (0, None) => "Never opened".to_owned(),
        (0, Some(most)) => format!("Never opened, maximum {most}"),
        (count, None) => format!("Opened {count}×"),
        (count, Some(most)) => format!("Opened {count} of {most}×"),
    };
    let last = link.used_at.map(|at| view! { ", last " <Time moment=at/> });
    let is_revocable = link.state != LinkState::Revoked && link.state != LinkState::Expired;
    let password = if link.has_password { ", with a password" } else { "" };
    let access =
        if link.label.is_empty() { password.to_owned() } else { format!(" – {}{password}", link.right.title()) };
    let ends = link.ends.clone();
    let until = (link.state == LinkState::Lives).then(|| view! { " until " <Time moment=ends/> });
    let class = if link.state == LinkState::Lives { "link-item" } else { "link-item link-ended" };
    view! {
        <li class=class>
            <p><b>{name.clone()}</b> {access}</p>
            <p class="link-state">{link.state.title()} {until}</p>
            <p class="hint">{format!("Created{by}, ")} <Time moment=link.made_at/> {format!(". {uses}")} {last} "."</p>
            {is_revocable.then(|| view! {
                <form method="post" action=urls::revoke(&plan, &link.id)>
                    <button class="secondary small">"Revoke" <span class="visually-hidden">" the link " {name}</span></button>
                </form>
            })}
        </li>
    }
    .into_any()
}
