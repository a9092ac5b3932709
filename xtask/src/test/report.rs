//! What ran, how it went and how long it took.

use std::fmt::Write;

use super::counts::Counts;

#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    result: Result<Counts, String>,
    seconds: f64,
}

impl Report {
    pub(crate) fn add(&mut self, name: &str, counts: Counts, seconds: f64) {
        self.rows.push(Row { name: name.to_owned(), result: Ok(counts), seconds });
    }

    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        self.rows.push(Row { name: name.to_owned(), result: Err(reason.to_owned()), seconds: 0.0 });
    }

    fn total(&self) -> Counts {
        let counts = self.rows.iter().filter_map(|row| row.result.as_ref().ok());
        counts.fold(Counts::default(), |sum, row| Counts {
            passed: sum.passed + row.passed,
            failed: sum.failed + row.failed,
        })
    }

    pub(crate) fn is_green(&self) -> bool {
        self.total().failed == 0
    }

    pub(crate) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
        let mut text = String::from("\n");
        for row in &self.rows {
            let result = match &row.result {
                Ok(counts) if counts.failed == 0 => format!("ok      {:>5} passed", counts.passed),
                Ok(counts) => format!("FAILED  {:>5} passed, {} failed", counts.passed, counts.failed),
                Err(reason) => format!("skipped: {reason}"),
            };
            let _to_a_string = writeln!(text, "{:width$}  {:>6.1} s  {result}", row.name, row.seconds);
        }
        let _to_a_string =
            writeln!(text, "\n{:width$}  {:>6.1} s", "Together", self.rows.iter().map(|row| row.seconds).sum::<f64>());
        text
    }

    pub(crate) fn closing_line(&self) -> String {
        let total = self.total();
        format!("{} passed, {} failed", total.passed, total.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_anywhere_turns_the_whole_red() {
        let mut report = Report::default();
        report.add("Formatting", Counts { passed: 1, failed: 0 }, 0.5);
        report.skip("Window tests", "driven on Linux only");
        assert!(report.is_green());
        report.add("Unit and contract tests", Counts { passed: 40, failed: 2 }, 12.0);
        assert!(!report.is_green());
        assert_eq!(report.closing_line(), "41 passed, 2 failed");
        assert!(report.table().contains("FAILED     40 passed, 2 failed"), "{}", report.table());
    }
}
