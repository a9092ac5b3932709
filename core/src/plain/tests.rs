use super::*;

#[test]
fn the_words_are_told_and_no_marks() {
    for (content, want) in [
        ("plain", "plain"),
        ("hola\n\n  ana ", "hola ana"),
        ("**Sunday**, in *short*: ~~six~~ seven", "Sunday, in short: six seven"),
        ("***all*** of __it__ _now_", "all of it now"),
        ("**bold *and* so on**", "bold and so on"),
        ("snake_case_name and 2 * 3 * 4 = 24", "snake_case_name and 2 * 3 * 4 = 24"),
        ("a lone * or ** or _ stays", "a lone * or ** or _ stays"),
        ("~2 kg, ~~ and ~~x", "~2 kg, ~~ and ~~x"),
        ("run `cargo *test*` and ``a ` b``", "run cargo *test* and a ` b"),
        ("a ` that nothing closes", "a ` that nothing closes"),
        (r"\*not\* \`marks\` \| C:\dir", r"*not* `marks` | C:\dir"),
        ("see [the **map**](https://example.org/a_b_c) now", "see the map now"),
        ("see [#Sierra, Sunday](recado://room/r-1/9)", "see #Sierra, Sunday"),
        ("[x](javascript:alert) ![y](https://a.example)", "[x](javascript:alert) ![y](https://a.example)"),
        ("https://example.org/a_b_c*d* it", "https://example.org/a_b_c*d* it"),
        ("@ana, @juan_perez and @room", "@ana, @juan_perez and @room"),
        ("> who?\n\nI do.", "who? I do."),
        (">>> deep\n> less", "deep less"),
        ("- one\n- *two*\n  more\n1. three", "one, two more, three"),
        ("- [ ] to do\n- [x] done", "☐ to do, ☑ done"),
        ("-5 degrees\n3.5 litres\n- ", "-5 degrees 3.5 litres -"),
        ("```js\nconst a = `b`;\n  if (a || b) {}\n```\nso", "const a = `b`; if (a || b) {} so"),
        ("~~~\n**code**\n~~~", "**code**"),
        ("> ```\n> quoted *code*\n> ```\n> more", "quoted *code* more"),
        ("| what | who |\n|---|:-:|\n| water | **Juan** |\n\nthat", "what who, water Juan that"),
        ("a | b\nno table", "a | b no table"),
        ("# no heading\n<b>as typed</b> &amp;", "# no heading <b>as typed</b> &amp;"),
        ("`hola", "`hola"),
        ("*", "*"),
        ("", ""),
    ] {
        assert_eq!(text(content), want, "{content:?}");
    }
}

#[test]
fn what_is_hidden_is_not_told() {
    for (content, want) in [
        ("it is ||a cake||, so", "it is ▒▒▒▒, so"),
        ("||a|| and ||b||", "▒▒▒▒ and ▒▒▒▒"),
        ("||over\ntwo lines||", "▒▒▒▒"),
        ("> ||out of\na quote||", "▒▒▒▒"),
        ("- ||in a\nlist||\n- x", "▒▒▒▒, x"),
        ("**||bold||** [||link||](https://a.example) ~~||struck||~~", "▒▒▒▒ ▒▒▒▒ ▒▒▒▒"),
        ("||**bold** `code` [l](https://a.example)||", "▒▒▒▒"),
        ("|||three||", "|▒▒▒▒"),
        // Further than the marks around it: rather more than less.
        ("**a ||b** c||", "**a ▒▒▒▒"),
        ("||https://a.example/x||", "▒▒▒▒"),
        ("\\`||not in code||`", "`▒▒▒▒`"),
        // What is not hidden in the window either.
        ("`||code||`", "||code||"),
        ("a || b || c", "a || b || c"),
        (r"\||said||", "||said||"),
        ("||said", "||said"),
    ] {
        assert_eq!(text(content), want, "{content:?}");
    }
    let long = format!("||{}||", "secret ".repeat(100).trim());
    assert_eq!(preview(&long), HIDDEN);
}

#[test]
fn a_preview_is_one_short_line() {
    let long = preview(&"palabra ".repeat(100));
    assert_eq!(long.chars().count(), PREVIEW_CHARS);
    assert!(long.ends_with('…'));
    assert_eq!(preview(&"x".repeat(500)).chars().count(), PREVIEW_CHARS);
    assert_eq!(preview(&"ñ".repeat(160)), "ñ".repeat(160));
}

/// So long that what is not linear in the length would not come to its end before the test runner ends it.
const LONG: usize = 200_000;

#[test]
fn whatever_is_written_is_read_in_one_go() {
    for sign in [
        "*", "_", "*a", "a*", "_a_ ", "*a_b", "**a* ", "[", "]", "[a](", "`", "`a``", "|", "||a", "~~a", "\\", "> ",
        "- ", "(", "![](",
    ] {
        let long = sign.repeat(LONG / sign.len());
        assert!(text(&long).chars().count() <= long.chars().count(), "{sign}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_has_words(content in r"[a*_`~|>\[\]()\\ \n.h-]{0,60}|\PC{0,40}") {
        let told = text(&content);
        proptest::prop_assert!(!told.contains('\n') && !told.starts_with(' ') && !told.ends_with(' '));
    }
}
