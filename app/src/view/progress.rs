//! The state of the steps, and the way through them.

use domain::step::Step;

/// Where a step stands.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum StepStatus {
    /// Answers are missing, and nobody saved it yet. It can be opened.
    #[default]
    NotStarted,
    /// It is the page that is open, and something of it is left to do.
    InProgress,
    /// Its answers are complete, and no check of it failed. Of the review: the bundle was downloaded.
    Completed,
    /// Its answers are complete; checks left so many open tasks.
    OpenTasks(usize),
    /// So many problems block the download.
    Problems(usize),
    /// It cannot be opened yet, because of this.
    Unavailable(String),
}

/// Where the steps stand: what the list at the left shows.
#[derive(Clone, Debug, Default)]
pub struct WizardProgress {
    /// The states of [`Step::ALL`], in that order.
    pub steps: [StepStatus; Step::ALL.len()],
    /// The review's state.
    pub review: StepStatus,
}

/// A page within the walk: a step, or the review after the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WizardPage {
    /// A step.
    Step(Step),
    /// The review.
    Review,
}

impl WizardPage {
    /// How many there are.
    pub const COUNT: usize = Step::ALL.len() + 1;

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        Step::ALL.into_iter().map(Self::Step).chain([Self::Review])
    }

    /// What the page is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step(step) => step.title(),
            Self::Review => "Review",
        }
    }

    /// Its place in the walk, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        Self::all().position(|stop| stop == self).map_or(Self::COUNT, |index| index + 1)
    }

    /// Where it is.
    #[must_use]
    pub fn url(self, plan: &str) -> String {
        match self {
            Self::Step(step) => crate::urls::step(plan, step),
            Self::Review => crate::urls::review(plan),
        }
    }
}
