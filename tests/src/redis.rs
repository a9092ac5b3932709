//! A real Redis of one's own.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    process::{Process, free_port},
    wait,
};

#[derive(Debug)]
pub struct Redis {
    port: u16,
    dir: PathBuf,
    process: Process,
}

impl Redis {
    pub async fn start(dir: &Path) -> Self {
        let port = free_port();
        let mut redis = Self { port, dir: dir.to_owned(), process: spawn(port, dir) };
        redis.answers().await;
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub async fn restart(&mut self) {
        self.process = spawn(self.port, &self.dir);
        self.answers().await;
    }

    /// It hangs without closing anything.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    pub fn go_on(&self) {
        self.process.signal("CONT");
    }

    async fn answers(&mut self) {
        let address = ("127.0.0.1", self.port);
        wait::until("redis answers", async || {
            let mut socket = TcpStream::connect(address).await?;
            socket.write_all(b"PING\r\n").await?;
            let mut answer = [0; 5];
            socket.read_exact(&mut answer).await?;
            if &answer == b"+PONG" { Ok(()) } else { Err(std::io::Error::other("no pong")) }
        })
        .await;
    }
}

fn spawn(port: u16, dir: &Path) -> Process {
    let mut command = Command::new("redis-server");
    let port = port.to_string();
    command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
    command.arg(dir).stdin(Stdio::null());
    Process::start("redis", &mut command, dir)
}
