//! `cargo xtask windows`: whether everything that people install compiles for Windows, from another system. Nothing is linked
//! or run.
//!
//! Rust's own toolchain has Windows' standard library as a target to add. Debian's has not; there its sources are built with
//! the newer compiler that Debian keeps for browsers, which is unpacked beside this one and not installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    build,
    error::Outcome,
    heading,
    install::{self, Need},
    run, workspace,
};

const TARGET: &str = "x86_64-pc-windows-gnu";

/// Debian's compiler for browsers, the standard library's sources, and what these need beside them.
const PACKAGES: [&str; 12] = [
    "rustc-web",
    "cargo-web",
    "libstd-rust-web-1.96",
    "libstd-rust-web-dev",
    "rust-web-src",
    "libllvm22",
    "libgit2-1.5",
    "libhttp-parser2.9",
    "libmbedtls14",
    "libmbedcrypto7",
    "libmbedx509-1",
    "libssh2-1",
];

/// Tools for those who work on it; they start real services of Unix.
const LEFT_OUT: [&str; 3] = ["recado-tests", "recado-bench", "recado-static-window"];

pub(crate) fn run() -> Outcome<ExitCode> {
    install::node()?;
    let mut cargo = if has_target() { run::cargo() } else { unpacked()? };
    if !cfg!(windows) {
        install::packages(&[Need::Build, Need::Windows])?;
    }
    build::ui_bundle()?;
    heading("Checking for Windows. The first time takes some 10 minutes");
    // Its own folder: another compiler's results are no use to this one.
    cargo.args(["check", "--workspace", "--target", TARGET, "--target-dir"]).arg(workspace::target().join("windows"));
    for name in LEFT_OUT {
        cargo.args(["--exclude", name]);
    }
    if !has_target() {
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    run::visible(&mut cargo)?;
    println!("It compiles for Windows. It was not run there.");
    Ok(ExitCode::SUCCESS)
}

fn has_target() -> bool {
    let mut query = run::command("rustc");
    query.args(["--print", "target-libdir", "--target", TARGET]);
    run::captured(&mut query).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Cargo of the compiler that is unpacked below the target folder.
fn unpacked() -> Outcome<Command> {
    if run::find("apt-get").is_none() {
        return Err(format!(
            "Windows' standard library is missing: type `rustup target add {TARGET}`, then start again."
        )
        .into());
    }
    let root = workspace::target().join("recado-windows");
    let cargo = root.join("usr/bin/cargo");
    // They go when all of them are unpacked.
    if !cargo.is_file() || root.join("packages").is_dir() {
        unpack(&root)?;
    }
    let mut command = run::command(&cargo.to_string_lossy());
    let libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/llvm-22/lib"].map(|folder| root.join(folder));
    command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).map_err(|error| error.to_string())?);
    // Building the standard library is not stable.
    command.env("RUSTC", root.join("usr/bin/rustc")).env("RUSTC_BOOTSTRAP", "1");
    Ok(command)
}

fn unpack(root: &Path) -> Outcome<()> {
    heading("Getting a compiler that has Windows' standard library: 150 MB");
    let packages = root.join("packages");
    fs::create_dir_all(&packages)?;
    run::visible(run::command("apt-get").current_dir(&packages).args(["-q", "download"]).args(PACKAGES))?;
    let files: Vec<PathBuf> = fs::read_dir(&packages)?.map(|file| Ok(file?.path())).collect::<Outcome<_>>()?;
    for file in files {
        run::visible(run::command("dpkg").arg("--extract").arg(file).arg(root))?;
    }
    Ok(fs::remove_dir_all(packages)?)
}
