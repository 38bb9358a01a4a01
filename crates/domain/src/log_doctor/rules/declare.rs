//! The form in which failures are declared.

/// Declares the failures of one topic.
///
/// `values` are read from the matching part, and `symptom_of` names the areas whose failures explain this one.
macro_rules! failure_rules {
    (@areas) => { &[] };
    (@areas $areas:expr) => { $areas };
    ($($code:literal $area:ident $impact:ident $title:literal
        cause $cause:literal
        check $check:literal [$($id:ident),*]
        remedy $remedy:literal
        $(run [$($command:literal),*])?
        when $pattern:expr;
        $(values [$($value:expr),*];)?
        $(symptom_of $areas:expr;)?
    )*) => {
        pub(super) static RULES: &[$crate::log_doctor::failure::FailureRule] = &[$($crate::log_doctor::failure::FailureRule {
            code: $code,
            area: $crate::log_doctor::failure::FailureArea::$area,
            impact: $crate::log_doctor::failure::FailureImpact::$impact,
            title: $title,
            cause: $cause,
            check: $check,
            checks: &[$($crate::check::CheckId::$id),*],
            remedy: $remedy,
            commands: &[$($($command),*)?],
            symptom_of: $crate::log_doctor::rules::declare::failure_rules!(@areas $($areas)?),
            pattern: $pattern,
            values: &[$($($value),*)?],
        }),*];
    };
}
pub(super) use failure_rules;
