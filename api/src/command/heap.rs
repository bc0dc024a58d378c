//! The heap: one for all threads.

/// Starts this program over with one heap for all of its threads, unless the operator has chosen otherwise.
///
/// GNU's allocator gives each thread a heap of its own, and each keeps what its largest batch has used: a server that
/// has taken in a large batch for four organizations holds four times that. It reads the choice from the environment
/// alone, before `main`.
#[cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(clippy::disallowed_methods, reason = "this is the allocator's setting, which no configuration can reach")
)]
pub fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use std::os::unix::process::CommandExt;
        const ARENAS: &str = "MALLOC_ARENA_MAX";

        let mut arguments = std::env::args_os();
        let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) else { return };
        if std::env::var_os(ARENAS).is_some() {
            return;
        }
        let error = std::process::Command::new(program).arg0(name).args(arguments).env(ARENAS, "1").exec();
        // It works as well without, only larger.
        tracing::debug!(%error, "the heaps stay apart");
    }
}
