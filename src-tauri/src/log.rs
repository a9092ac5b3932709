//! Where the log goes: standard error, and a file in the profile that is put aside when it grows.
//!
//! `RECADO_LOG` chooses what is told, in the syntax of `tracing`. No message texts and no tokens are ever logged.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use tracing_subscriber::{EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

const USUAL: &str = "warn,recado=info,recado_core=info";

/// A file beyond this many bytes is put aside; the one before it is dropped.
const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// Starts logging; a log that cannot be written is no reason not to start. A panic is logged too.
pub(crate) fn start(dir: &Path) {
    let filter = || {
        let asked = std::env::var("RECADO_LOG").unwrap_or_else(|_| USUAL.into());
        EnvFilter::try_new(&asked).unwrap_or_else(|_| EnvFilter::new(USUAL))
    };
    let file = match LogFile::open(dir) {
        Ok(file) => Some(fmt::layer().with_ansi(false).with_writer(Mutex::new(file)).with_filter(filter())),
        Err(error) => {
            eprintln!("recado: no log in {}: {error}", dir.display());
            None
        }
    };
    let screen = fmt::layer().with_writer(io::stderr).with_filter(filter());
    // Fails only when somebody was first, and then there is a log.
    let _ = tracing_subscriber::registry().with(screen).with(file).try_init();

    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
        usual(panic);
    }));
}

#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl LogFile {
    fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let path = dir.join("recado.log");
        let file = File::options().create(true).append(true).open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes })
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > MAX_BYTES {
            fs::rename(&self.path, self.path.with_extension("old.log"))?;
            self.file = File::options().create(true).append(true).open(&self.path)?;
            self.bytes = 0;
        }
        let written = self.file.write(line)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_grew_is_put_aside_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(dir.path()).unwrap();
        let line = vec![b'x'; usize::try_from(MAX_BYTES / 2).unwrap()];
        for _ in 0..5 {
            log.write_all(&line).unwrap();
        }
        let size = |name: &str| fs::metadata(dir.path().join(name)).unwrap().len();
        assert_eq!((size("recado.log"), size("recado.old.log")), (MAX_BYTES / 2, MAX_BYTES));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        drop(log);
        assert_eq!(LogFile::open(dir.path()).unwrap().bytes, MAX_BYTES / 2, "a new start goes on with the file");
    }
}
