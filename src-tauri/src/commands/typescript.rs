//! Writes `ui/src/lib/ipc/generated.ts`: the types that cross, and a typed function a command.
//!
//! `RECADO_WRITE_GENERATED=1 cargo test -p recado-desktop generated` rewrites the file; without the variable the test fails
//! when the file is stale. 64-bit integers are `number`: no counter here comes near 2^53.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use recado_core::view::{Event, Startup};
use ts_rs::{Config, TS, TypeVisitor};

const HEADER: &str = r#"// Generated from src-tauri/src/commands.rs; do not edit. To write it anew:
//   RECADO_WRITE_GENERATED=1 cargo test -p recado-desktop generated

import { Channel, invoke } from "@tauri-apps/api/core";
"#;

/// An answer and the events after it come by different ways: events that are first wait until the caller has the answer.
const START: &str = r#"  start: async (onEvent) => {
    let early: Event[] | null = [];
    const channel = new Channel<Event>((event) => {
      if (early) early.push(event);
      else onEvent(event);
    });
    const startup = await invoke<Startup>("start", { channel });
    setTimeout(() => {
      const events = early ?? [];
      early = null;
      events.forEach(onEvent);
    });
    return startup;
  },
"#;

/// The file while it is put together.
pub(super) struct Module {
    config: Config,
    /// Declarations by name.
    types: BTreeMap<String, String>,
    interface: String,
    functions: String,
}

/// Looks at a type with everything that it mentions.
pub(super) struct Kind {
    name: fn(&Config) -> String,
    collect: fn(&mut Module),
}

impl Kind {
    pub(super) fn of<T: TS + 'static>() -> Self {
        Self { name: T::name, collect: |module| module.visit::<T>() }
    }
}

impl TypeVisitor for Module {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Primitives have no path, and so no declaration; lists and options only pass on what is inside.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.types.contains_key(&name) {
                T::visit_generics(self);
                return;
            }
            let docs = T::docs().unwrap_or_default();
            let declaration = format!("{docs}export {}\n", T::decl(&self.config));
            self.types.insert(name, declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

impl Module {
    fn new() -> Self {
        let mut module = Self {
            config: Config::new().with_large_int("number"),
            types: BTreeMap::new(),
            interface: String::new(),
            functions: String::new(),
        };
        module.visit::<Startup>();
        module.visit::<Event>();
        module.interface.push_str(
            "  /** Takes a snapshot of everything and subscribes to what follows; called on load and after `lagged`. */\n  \
             start(onEvent: (event: Event) => void): Promise<Startup>;\n",
        );
        module.functions.push_str(START);
        module
    }

    pub(super) fn function<Output: TS + 'static>(&mut self, name: &str, docs: &[&str], arguments: &[(&str, Kind)]) {
        self.visit::<Output>();
        let output = match Output::name(&self.config) {
            unit if unit == "null" => "void".into(),
            other => other,
        };
        let mut parameters = Vec::new();
        let mut names = Vec::new();
        for (argument, kind) in arguments {
            (kind.collect)(self);
            let argument = camel_case(argument);
            parameters.push(format!("{argument}: {}", (kind.name)(&self.config)));
            names.push(argument);
        }
        let docs = docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n   * ");
        let function = camel_case(name);
        let (parameters, names) = (parameters.join(", "), names.join(", "));
        let object = if names.is_empty() { String::new() } else { format!(", {{ {names} }}") };
        writeln!(self.interface, "  /** {docs} */\n  {function}({parameters}): Promise<{output}>;")
            .expect("a string takes what is written");
        writeln!(self.functions, "  {function}: ({names}) => invoke(\"{name}\"{object}),")
            .expect("a string takes what is written");
    }

    fn finish(self) -> String {
        let types = self.types.into_values().collect::<Vec<_>>().join("\n");
        format!(
            "{HEADER}\n{types}\n/** Every call rejects with a `Failure`. */\nexport interface Commands {{\n{}}}\n\n\
             export const commands: Commands = {{\n{}}};\n",
            self.interface, self.functions
        )
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
}

#[test]
fn generated_typescript_is_up_to_date() {
    let mut module = Module::new();
    super::describe(&mut module);
    let fresh = module.finish();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib/ipc/generated.ts");
    if std::env::var_os("RECADO_WRITE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        committed == fresh,
        "{} is stale: RECADO_WRITE_GENERATED=1 cargo test -p recado-desktop generated",
        path.display()
    );
}
