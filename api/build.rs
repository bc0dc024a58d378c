//! How the program is linked.

#[expect(clippy::disallowed_methods, reason = "this is how cargo tells for which system it builds")]
fn main() {
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // A sixtieth of the room for the addresses that are set as the program starts: two megabytes less in memory. The
        // loader must know the form, as that of glibc 2.36 (Debian 12) and later does.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
