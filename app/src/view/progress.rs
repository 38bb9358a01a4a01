//! The state of the steps, and the way through them.

use domain::step::Step;

/// The status of a step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum StepStatus {
    /// Answers are missing, and it has not been saved. It can be opened.
    #[default]
    NotStarted,
    /// It is the current page, and is not completed.
    InProgress,
    /// Its answers are complete, and none of its checks failed. For the review: the bundle was downloaded.
    Completed,
    /// Its answers are complete, and its checks found this number of open tasks.
    OpenTasks(usize),
    /// This number of problems blocks the download.
    Problems(usize),
    /// It cannot be opened, for this reason.
    Unavailable(String),
}

/// The status of all steps, as the list at the left shows it.
#[derive(Clone, Debug, Default)]
pub struct WizardProgress {
    /// The status of each of [`Step::ALL`], in that order.
    pub steps: [StepStatus; Step::ALL.len()],
    /// The status of the review.
    pub review: StepStatus,
    /// The status of the verification.
    pub verify: StepStatus,
}

/// A page of the wizard: a step with settings, the review after the last one, or the verification.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WizardPage {
    /// A step.
    Step(Step),
    /// The review.
    Review,
    /// The verification of the deployed cluster.
    Verify,
}

impl WizardPage {
    /// The number of pages.
    pub const COUNT: usize = Step::ALL.len() + 2;

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        Step::ALL.into_iter().map(Self::Step).chain([Self::Review, Self::Verify])
    }

    /// The title of the page.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step(step) => step.title(),
            Self::Review => "Review",
            Self::Verify => Step::Verify.title(),
        }
    }

    /// Its position in the wizard, from 1.
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
            Self::Verify => crate::urls::verify(plan),
        }
    }
}
