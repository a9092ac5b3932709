//! The least that shows Recado's picture in a Tauri window: no core, no cache, no script of its own. `cargo xtask bench window`
//! holds Recado's start and memory against it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
