//! The start page: the prerequisites, forms to create and open a plan, and the saved plans.

use domain::limits::PLAN_NAME;
use domain::presets::PRESETS;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, Shell, Time, document};
use crate::urls;
use crate::view::{OpenProblem, PlanEntry, StartView};

/// The start page.
#[must_use]
pub fn start(view: &StartView) -> String {
    let prefix = if view.problems.is_empty() { "" } else { "Error: " };
    let title = format!("{prefix}Start – Cluster setup");
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: StartView) -> impl IntoView {
    let link = |problem: &OpenProblem| ErrorLink { href: "#open-file".to_owned(), message: message(problem) };
    let errors: Vec<ErrorLink> = view.problems.iter().map(link).collect();
    let problems: Vec<String> = view.problems.iter().map(message).collect();
    view! {
        <Shell>
            <main id="main" tabindex="-1" class="main start">
                <ErrorSummary errors/>
                <h1 id=urls::TITLE tabindex="-1">"Set up a WSO2 Identity Server cluster"</h1>
                <p class="intro">
                    "Complete five steps, check your answers against your database and machines, and download one zip with the files for every machine."
                </p>
                <div class="start-columns">
                    <div>
                        <NewPlan/>
                        <OpenPlan file=view.file.clone() problems/>
                    </div>
                    <div>
                        <Plans plans=view.plans.clone() more=view.more/>
                        <Prerequisites/>
                        <LogDoctor/>
                    </div>
                </div>
            </main>
        </Shell>
    }
    .into_any()
}

#[component]
fn NewPlan() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="new-title">
            <h2 id="new-title">"New plan"</h2>
            <form method="post" action=urls::new_plan() novalidate>
                <fieldset class="field">
                    <legend class="label">"Preset"</legend>
                    <div class="radios">
                        {PRESETS
                            .iter()
                            .enumerate()
                            .map(|(index, preset)| {
                                let id = format!("preset-{}", preset.id);
                                let help = format!("{id}-help");
                                view! {
                                    <div class="radio">
                                        <input type="radio" id=id.clone() name="preset" value=preset.id checked=index == 0 aria-describedby=help.clone()/>
                                        <label for=id>{preset.title}</label>
                                        <span class="radio-help" id=help>{preset.about}</span>
                                    </div>
                                }
                            })
                            .collect_view()}
                    </div>
                </fieldset>
                <div class="field">
                    <label class="label" for="new-plan-title">"Name of the plan " <span class="optional">"(optional)"</span></label>
                    <input type="text" class="w-full" id="new-plan-title" name="title" maxlength=PLAN_NAME.max.to_string() autocomplete="off"/>
                </div>
                <button class="primary">"Create plan"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn OpenPlan(file: String, problems: Vec<String>) -> impl IntoView {
    let wrong = !problems.is_empty();
    let described_by = if wrong { "open-hint open-error" } else { "open-hint" };
    view! {
        <section class="card" aria-labelledby="open-title">
            <h2 id="open-title">"Open a saved plan"</h2>
            <form method="post" action=urls::open_plan() enctype="multipart/form-data" novalidate>
                <div class=if wrong { "field field-error" } else { "field" }>
                    <label class="label" for="open-file">"Plan file or downloaded zip"</label>
                    <p class="hint" id="open-hint">
                        "A "<code>"plan.toml"</code>" or the complete zip. You can also drop the file here. The zip contains the passwords and keys of the cluster; plan.toml does not."
                    </p>
                    {wrong.then(|| view! {
                        <div class="error-message" id="open-error">
                            <p><span class="visually-hidden">"Error: "</span>{format!("{file} was not opened.")}</p>
                            <ul>{problems.into_iter().map(|problem| view! { <li>{problem}</li> }).collect_view()}</ul>
                        </div>
                    })}
                    <input
                        class="drop-zone"
                        type="file"
                        id="open-file"
                        name="file"
                        accept=".toml,.zip"
                        aria-describedby=described_by
                        aria-invalid=wrong.then_some("true")
                    />
                </div>
                <button class="secondary">"Open"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Plans(plans: Vec<PlanEntry>, more: bool) -> impl IntoView {
    let shown = plans.len();
    (!plans.is_empty()).then(|| {
        let rows = plans
            .into_iter()
            .map(|plan| {
                let href = plan.open.map_or_else(|| urls::review(&plan.id), |step| urls::step(&plan.id, step));
                let name = if plan.title.is_empty() { "Unnamed plan".to_owned() } else { plan.title };
                let link = if plan.readable {
                    view! { <a class="plan-link" href=href>{name.clone()}</a> }.into_any()
                } else {
                    view! { <span class="plan-link">{name.clone()}</span> }.into_any()
                };
                view! {
                    <li>
                        {link}
                        <span class="plan-about">{plan.about}</span>
                        <span class="plan-changed">"Changed " <Time moment=plan.changed/></span>
                        <a class="plan-delete" href=urls::delete(&plan.id)>
                            "Delete" <span class="visually-hidden">" " {name}</span>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <section class="card" aria-labelledby="plans-title">
                <h2 id="plans-title">"Saved plans"</h2>
                <ul class="plans">{rows}</ul>
                {more.then(|| view! {
                    <p class="hint">
                        {format!("These are the {shown} most recently changed plans. To see older plans, delete some of these. You can also open a plan by its URL.")}
                    </p>
                })}
            </section>
        }
    })
}

#[component]
fn Prerequisites() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="needed-title">
            <h2 id="needed-title">"What you need"</h2>
            <p>"About 15 minutes. Answers are saved automatically, so you can stop at any time."</p>
            <ul>
                <li>"A MySQL or MariaDB server: its host and an account for IS. Other databases are not supported. The databases may already exist; if not, the scripts in the download create them."</li>
                <li>"The address of each machine that runs IS, and its Java version."</li>
                <li>"The hostname that clients use, and the machine for the load balancer."</li>
                <li>"Optional: a certificate and private key for that hostname; the connection URL of an LDAP directory or Active Directory."</li>
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn LogDoctor() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="logs-title">
            <h2 id="logs-title">"Log doctor"</h2>
            <p>"If a node does not start or fails, it reads wso2carbon.log and names the cause, how to check it, and the remedy."</p>
            <p><a href=urls::logs()>"Open the log doctor"</a></p>
        </section>
    }
    .into_any()
}

fn message(problem: &OpenProblem) -> String {
    match problem.line {
        Some(line) => format!("Line {line}: {}", problem.message),
        None => problem.message.clone(),
    }
}
