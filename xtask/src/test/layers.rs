//! Arrows point one way: `protocol <- backend`, `protocol <- core <- src-tauri <- ui`. Read from the sources, since a wrong
//! arrow compiles.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{error::Outcome, workspace};

/// In files of one folder, words that must not stand there.
struct Rule {
    folder: &'static str,
    endings: &'static [&'static str],
    words: &'static [&'static str],
    reason: &'static str,
}

const RULES: [Rule; 6] = [
    Rule {
        folder: "protocol",
        endings: &["rs", "toml"],
        words: &["recado-core", "recado_core", "recado-server", "recado_server", "recado-desktop", "tokio", "tauri::"],
        reason: "the protocol is data without input and output, and names nobody",
    },
    Rule {
        folder: "backend",
        endings: &["rs", "toml"],
        words: &["recado-core", "recado_core", "recado-desktop", "recado_desktop", "tauri.workspace", "tauri::"],
        reason: "the server knows the protocol, not the client",
    },
    Rule {
        folder: "core",
        endings: &["rs", "toml"],
        words: &["tauri.workspace", "tauri::", "recado-desktop", "recado_desktop", "recado-server", "recado_server"],
        reason: "the core is a client without a window",
    },
    Rule {
        folder: "src-tauri",
        endings: &["rs", "toml"],
        words: &["recado-server", "recado_server", "sqlx", "tokio_tungstenite"],
        reason: "the shell wraps the core and holds no rules",
    },
    Rule {
        folder: "ui/src",
        endings: &["ts", "svelte"],
        words: &["new WebSocket(", "fetch(", "XMLHttpRequest", "EventSource(", "indexedDB", "{@html"],
        reason: "the window reaches the world through the shell only, and shows no raw HTML",
    },
    Rule {
        folder: ".",
        endings: &["rs"],
        words: &["#[allow(", "#![allow("],
        reason: "say #[expect(…, reason = …)], so that it goes when it is no longer needed",
    },
];

/// Folders that hold what others wrote or what was made.
const SKIPPED: [&str; 8] = ["node_modules", "dist", "target", "paraglide", ".git", ".recado", "artifacts", "gen"];

pub(crate) fn check() -> Outcome<()> {
    let mut faults = Vec::new();
    for rule in &RULES {
        let mut files = Vec::new();
        collect(&workspace::root().join(rule.folder), rule.endings, &mut files)?;
        for file in files {
            // This file lists the words, so it has them.
            if file.ends_with("xtask/src/test/layers.rs") {
                continue;
            }
            faults.extend(find(&file, &fs::read_to_string(&file)?, rule));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn find(file: &Path, text: &str, rule: &Rule) -> Vec<String> {
    let lines = text.lines().enumerate();
    // A comment may speak of what it does not use.
    let code = lines.filter(|(_, line)| {
        !line.trim_start().starts_with("//") && !line.trim_start().starts_with('#')
            || line.trim_start().starts_with("#[")
    });
    code.filter_map(|(number, line)| {
        let word = rule.words.iter().find(|word| holds(line, word))?;
        Some(format!("{}:{}: `{word}`: {}", file.display(), number + 1, rule.reason))
    })
    .collect()
}

/// Whether the word stands there by itself: `prefetch(` is no `fetch(`.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
    })
}

fn collect(folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                collect(&path, endings, files)?;
            }
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_arrow_is_found_with_its_line_and_a_comment_is_not() {
        let rule = &RULES[1];
        let text = "// unlike recado_core this has no window\nuse recado_core::Client;\n";
        let faults = find(Path::new("backend/src/lib.rs"), text, rule);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("backend/src/lib.rs:2: `recado_core`"), "{}", faults[0]);
    }

    #[test]
    fn a_word_inside_another_is_not_the_word() {
        assert!(holds("await fetch(url)", "fetch("));
        assert!(holds("window.fetch(url)", "fetch("));
        assert!(!holds("list.prefetch(url)", "fetch("));
    }
}
