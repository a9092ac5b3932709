//! Embeds `ui/dist` into the program; says so in plain words when it is not there.

use std::path::Path;

fn main() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist/index.html");
    println!("cargo::rerun-if-changed={}", page.display());
    if !page.exists() {
        println!("cargo::error=The window's page is missing. Build it first: cd ui && npm ci && npm run build");
        std::process::exit(1);
    }
    tauri_build::build();
}
