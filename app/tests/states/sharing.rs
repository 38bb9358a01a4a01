//! The pages of share links, and the pages that visitors see.

use app::view::{
    CreatedLinkView, Expiry, LinkFormError, LinkFormView, LinkRow, OpenLinkProblem, OpenLinkView, PlanHead, ReviewView,
    ShareView, StepView, VisitorView,
};
use domain::author::DisplayName;
use domain::rights::LinkAccess;
use domain::sharing::LinkState;
use domain::step::Step;

use super::{HOSTILE, assets, filled, head, review, step_view};

/// Each with the name of its state.
pub fn all() -> Vec<(String, String)> {
    let mut pages = vec![
        ("share".to_owned(), app::pages::share(&share())),
        ("share-made".to_owned(), app::pages::share(&ShareView { made: Some(made()), ..share() })),
        ("share-errors".to_owned(), app::pages::share(&ShareView { links: links(), ..wrong() })),
        ("opening".to_owned(), app::pages::open_link(&opening("Test cluster"))),
        ("gone".to_owned(), app::pages::link_unavailable(assets(), None)),
        ("gone-visitor".to_owned(), app::pages::link_unavailable(assets(), Some("7f3k"))),
    ];
    let wrong = OpenLinkView { problem: Some(OpenLinkProblem::NoPassword), ..opening(HOSTILE) };
    pages.push(("opening-errors".to_owned(), app::pages::open_link(&wrong)));
    for right in LinkAccess::ALL {
        for step in Step::ALL {
            let view = StepView { plan: by_link(right), ..step_view(step, filled()) };
            pages.push((format!("{}-by-{}", step.slug(), right.slug()), app::pages::step(&view)));
        }
        let view = ReviewView { plan: by_link(right), ..review(filled(), false) };
        pages.push((format!("review-by-{}", right.slug()), app::pages::review(&view)));
    }
    pages
}

/// The plan as a visitor sees it.
pub fn by_link(right: LinkAccess) -> PlanHead {
    PlanHead {
        visitor: Some(VisitorView {
            right,
            name: DisplayName::new(HOSTILE),
            until: Expiry { at: super::moment(), is_near: true },
        }),
        ..head()
    }
}

fn share() -> ShareView {
    ShareView { assets: assets(), plan: head(), ..ShareView::default() }
}

fn wrong() -> ShareView {
    let problem = |field, message| LinkFormError { field, message };
    let problems = vec![
        problem("right-view", "Choose what the link allows"),
        problem("link-uses", "Enter a number from 1 to 1000, or leave it empty"),
        problem("link-password", "Enter at least 8 characters"),
    ];
    let entered = LinkFormView {
        right: "fill".to_owned(),
        step: Some(Step::Database),
        label: HOSTILE.to_owned(),
        uses: HOSTILE.to_owned(),
        name: HOSTILE.to_owned(),
        ..LinkFormView::default()
    };
    ShareView { entered, problems, ..share() }
}

fn made() -> CreatedLinkView {
    CreatedLinkView {
        is_only_here: false,
        address: "http://localhost:3000/s/0123456789abcdefghijkl".to_owned(),
        code: ("M0 0h7v1h-7z".to_owned(), 33),
        right: LinkAccess::Fill(Step::Database),
        ends: super::day(),
        has_password: true,
        most_uses: Some(1),
    }
}

fn links() -> Vec<LinkRow> {
    let link = |state, uses| LinkRow {
        id: format!("{state:?}"),
        label: HOSTILE.to_owned(),
        right: LinkAccess::Fill(Step::Database),
        made_by: DisplayName::new(HOSTILE),
        made_at: super::day(),
        ends: super::day(),
        used_at: Some(super::day()),
        uses,
        most_uses: Some(2),
        has_password: true,
        state,
    };
    vec![
        link(LinkState::Lives, 0),
        link(LinkState::UsedUp, 2),
        link(LinkState::Expired, 1),
        link(LinkState::Revoked, 0),
    ]
}

fn opening(title: &str) -> OpenLinkView {
    OpenLinkView {
        assets: assets(),
        token: "0123456789abcdefghijkl".to_owned(),
        title: title.to_owned(),
        made_by: DisplayName::new("Kasun"),
        right: LinkAccess::Fill(Step::Database),
        ends: super::day(),
        left: Some(2),
        has_password: true,
        name: title.to_owned(),
        problem: None,
    }
}
