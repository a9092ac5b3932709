//! Reading how many tests ran from what the runners print.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

/// The line without its colours.
pub(crate) fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // An escape sequence ends with a letter.
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(c);
        }
    }
    text
}

/// `Summary [ 1.2s] 12 tests run: 9 passed (1 slow), 1 failed, 1 timed out, 1 exec failed, 3 skipped`
pub(crate) fn nextest(line: &str) -> Option<Counts> {
    let (_, after) = line.trim_start().strip_prefix("Summary [")?.split_once("run:")?;
    Some(sum(after.split([',', '('])))
}

/// `Tests  1 failed | 34 passed (35)`
pub(crate) fn vitest(line: &str) -> Option<Counts> {
    let after = line.trim_start().strip_prefix("Tests ")?;
    Some(sum(after.split(['|', '('])))
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`
pub(crate) fn cargo_test(line: &str) -> Option<Counts> {
    let (_, after) = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?;
    Some(sum(after.split(';')))
}

fn sum<'a>(parts: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::default();
    for part in parts {
        let Some((number, what)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u32>() else { continue };
        match what.trim_end_matches(')').trim() {
            "passed" => counts.passed += number,
            "failed" | "timed out" | "exec failed" => counts.failed += number,
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runner_is_read() {
        let line = "     Summary [   3.521s] 12 tests run: 9 passed (1 slow), 1 failed, 2 timed out, 40 skipped";
        assert_eq!(nextest(line), Some(Counts { passed: 9, failed: 3 }));
        assert_eq!(vitest("      Tests  1 failed | 34 passed (35)"), Some(Counts { passed: 34, failed: 1 }));
        assert_eq!(vitest("      Tests  34 passed (34)"), Some(Counts { passed: 34, failed: 0 }));
        assert_eq!(vitest(" Test Files  3 passed (3)"), None);
        let line = "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(cargo_test(line), Some(Counts { passed: 3, failed: 1 }));
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(plain("\u{1b}[1m\u{1b}[32mSummary\u{1b}[0m [1s]"), "Summary [1s]");
    }
}
