//! Servers that attack who looks at them: they state lengths that are not there and send without end. A run of checks against
//! them takes little memory, ends in time, and says what it could not check.
//!
//! A test program of its own: it measures the memory of its whole process, attackers included, so it has one test at a time.

#[cfg(test)]
mod attackers;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod wire;
