//! The verification of a deployed cluster, against stand-ins that state that they are not IS, behind a real NGINX.
//!
//! Each fault that was seen on real clusters is injected, and exactly the check that should report it does. The attributes tell
//! clippy that the helpers are test code too.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod healthy;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod support;
