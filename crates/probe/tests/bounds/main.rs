//! Servers that attack their clients: they state lengths of data that does not follow, and send without end. A run of
//! checks against them needs little memory, ends in time, and reports what could not be checked.
//!
//! A separate test program: it measures the memory of its whole process, attackers included, so it runs one test at a time.

#[cfg(test)]
mod attackers;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod wire;
