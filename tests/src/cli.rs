//! `recado-cli` as a process.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::process::{Output, Process, program, run};

/// One profile of the command line client, with a keyring of nobody: its secrets are in a vault or given anew.
#[derive(Clone, Debug)]
pub struct Cli {
    pub dir: PathBuf,
    pub profile: String,
    pub url: String,
    /// Environment, for instance of a desk with a keyring.
    pub environment: Vec<(String, String)>,
}

impl Cli {
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program("recado-cli"));
        command.args(["--profile", &self.profile, "--server", &self.url]).arg("--data-dir").arg(&self.dir);
        command.args(args).env("HOME", &self.dir).stdin(Stdio::null());
        for key in ["DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(key);
        }
        command.envs(self.environment.iter().cloned());
        command
    }

    pub async fn run(&self, args: &[&str], input: &str) -> Output {
        run(self.command(args), input).await
    }

    /// Starts a command that goes on.
    pub fn start(&self, name: &str, args: &[&str]) -> Process {
        Process::start(name, &mut self.command(args), &self.dir)
    }
}
