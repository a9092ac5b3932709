//! Puts the page together: the head, the stylesheet and the fonts that the real window has now, without its script, around a
//! body that was taken from the real window once (`recado-bench page`). So nothing of the look is written twice.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real = here.join("../../ui/dist");
    println!("cargo::rerun-if-changed={}", here.join("page").display());
    println!("cargo::rerun-if-changed={}", real.join("index.html").display());
    let Ok(index) = fs::read_to_string(real.join("index.html")) else {
        println!("cargo::error=The window's page is missing. Build it first: cd ui && npm ci && npm run build");
        return Ok(());
    };

    let page = Path::new(&env::var("OUT_DIR")?).join("page");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    fs::create_dir_all(page.join("assets"))?;
    for asset in fs::read_dir(real.join("assets"))? {
        let asset = asset?;
        if Path::new(&asset.file_name()).extension().is_none_or(|kind| kind != "js") {
            fs::copy(asset.path(), page.join("assets").join(asset.file_name()))?;
        }
    }
    let body = fs::read_to_string(here.join("page/body.html"))?;
    let kept: Vec<&str> = index.lines().filter(|line| !line.contains("<script")).collect();
    let own = "<link rel=\"stylesheet\" href=\"/inline.css\">\n";
    let index =
        kept.join("\n").replace("</head>", &format!("{own}</head>")).replace("<div id=\"app\"></div>", body.trim_end());
    fs::write(page.join("index.html"), index)?;
    fs::copy(here.join("page/inline.css"), page.join("inline.css"))?;

    // Read by `generate_context!`, over what the configuration says.
    println!("cargo::rustc-env=TAURI_CONFIG={}", serde_json::json!({ "build": { "frontendDist": page } }));
    tauri_build::build();
    Ok(())
}
