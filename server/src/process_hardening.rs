//! No image of the memory is written when the program crashes: it would hold passwords and the vault's key.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids it for this process, to the kernel itself and to programs that the kernel would hand the image to. What the
/// system refuses is left as it is.
pub fn disable_core_dumps() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_leaves_no_image_of_the_memory() {
        disable_core_dumps();
        assert_eq!(rustix::process::getrlimit(Resource::Core).current, Some(0));
        #[cfg(target_os = "linux")]
        assert_eq!(rustix::process::dumpable_behavior().unwrap(), rustix::process::DumpableBehavior::NotDumpable);
    }
}
