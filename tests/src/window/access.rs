//! What assistive programs are told.

use std::path::Path;

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::Url;

use super::Window;

/// What the engine computes of an element.
#[derive(Debug)]
struct Computed {
    element: String,
    what: &'static str,
}

impl WebDriverCompatibleCommand for Computed {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/element/{}/{}", session.unwrap_or_default(), self.element, self.what))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (Method::GET, None)
    }
}

impl Window {
    /// Role and name of an element, as the engine computes them.
    pub async fn role_and_name(&self, selector: &str) -> (String, String) {
        let element = self.find(selector).await.element_id().to_string();
        let ask = async |what| {
            let command = Computed { element: element.clone(), what };
            let answer = self.client().issue_cmd(command).await.unwrap_or_else(|error| panic!("{what}: {error}"));
            answer.as_str().unwrap_or_default().to_owned()
        };
        (ask("computedrole").await, ask("computedlabel").await)
    }

    /// What axe finds wrong with the page, as lines of rule and place.
    pub async fn faults(&self) -> Vec<String> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        if self.script("return typeof window.axe").await != "object" {
            self.script(&format!("{axe}; window.axe = axe")).await;
        }
        // What is still appearing has not yet its colours.
        self.settled().await;
        let run = "const done = arguments[0];
            axe.run(document, { resultTypes: ['violations'] }).then(
                ({ violations }) => done(violations.flatMap((rule) => rule.nodes.map((node) =>
                    `${rule.id}: ${node.target.join(' ')} ${node.failureSummary}`))),
                (error) => done([`axe: ${error}`]))";
        let found = self.client().execute_async(run, vec![]).await.expect("axe runs");
        serde_json::from_value(found).expect("a list of faults")
    }

    /// What has the focus: its tag, its `data-testid`, what it is called, and whether one sees it.
    pub async fn focused(&self) -> Value {
        let script = "const element = document.activeElement;
            const { width, height, top, bottom, left, right } = element.getBoundingClientRect();
            const { visibility, opacity } = getComputedStyle(element);
            const seen = width > 0 && height > 0 && visibility === 'visible' && opacity !== '0' && bottom > 0 && top < innerHeight
                && right > 0 && left < innerWidth && !element.closest('[inert], [aria-hidden=true]');
            return { tag: element.tagName, id: element.dataset.testid ?? '', seen,
                name: element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 60) }";
        self.script(script).await
    }
}
