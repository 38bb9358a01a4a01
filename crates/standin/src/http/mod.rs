//! A request as handlers see it, and an answer.

pub(crate) mod answer;
pub(crate) mod call;
