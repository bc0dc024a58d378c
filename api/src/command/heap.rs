//! The heap: what is let go is given back.

/// Starts this program over with a heap that gives back what it does not use, unless the operator has chosen otherwise.
///
/// By default it keeps freed pages for a while and asks for huge ones: a server that has taken in a large batch would hold
/// twice as much. It reads the choice from the environment alone, before `main`.
#[cfg_attr(
    target_os = "linux",
    expect(clippy::disallowed_methods, reason = "this is the allocator's setting, which no configuration can reach")
)]
pub fn give_back() {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt;
        const CHOICES: [&str; 2] = ["MIMALLOC_PURGE_DELAY", "MIMALLOC_ALLOW_THP"];

        let mut arguments = std::env::args_os();
        let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) else { return };
        if CHOICES.iter().any(|choice| std::env::var_os(choice).is_some()) {
            return;
        }
        let again = CHOICES.map(|choice| (choice, "0"));
        let error = std::process::Command::new(program).arg0(name).args(arguments).envs(again).exec();
        // It works as well without, only larger.
        tracing::debug!(%error, "the heap keeps more than it needs");
    }
}
