//! Share links over HTTP: the links of a plan, and opening one.

pub(crate) mod links;
pub(crate) mod open;
pub(crate) mod qr;
