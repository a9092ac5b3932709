//! The configuration: one table of keys, each with a default, a reason and a check.
//!
//! A value comes from the environment (`RECADO_` and the key in upper case), else from the TOML file, else from the default.
//! An unknown key or a wrong value is an error that names it. What is secret is masked wherever it is shown.

use std::{collections::BTreeMap, fmt, fmt::Write as _, net::SocketAddr, path::PathBuf, str::FromStr};

use recado_protocol::Limits;
use url::Url;

const PREFIX: &str = "RECADO_";
/// Not a key: where the file is.
const FILE_VARIABLE: &str = "RECADO_CONFIG";
/// The file in the data dir that is read when no other is named.
const FILE_NAME: &str = "recado.toml";
const MASK: &str = "********";

/// One key as the default file explains it.
struct Key {
    name: &'static str,
    default: &'static str,
    about: &'static str,
}

const fn key(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, about }
}

const KEYS: [Key; 15] = [
    key("listen", "127.0.0.1:8000", "Address and port to serve on; port 0 takes a free one."),
    key("data_dir", "", "Database, secrets and media. Empty: the system's place for a program's data."),
    key("database_url", "", "sqlite:PATH. Empty: recado.db in the data dir."),
    key("redis_url", "", "redis://HOST:PORT/ carries events between several servers. Empty: one server."),
    key("cluster", "false", "Refuses what cannot be shared: the in-process bus, SQLite, a private jwt_secret."),
    key("registration", "invite", "Who may make an account: open, invite or closed."),
    key("jwt_secret", "", "Signs access tokens; at least 32 bytes. Empty: made once and kept in the data dir."),
    key("access_token_ttl_s", "900", "Seconds that an access token lives; 5 to 86400."),
    key("argon2_memory_kib", "19456", "Memory of one password hash in KiB; at least 64."),
    key("max_frame_bytes", "131072", "Bytes of one frame, other than hello; 1024 to 1048576."),
    key("max_message_chars", "10000", "Characters of one message; 1 to 100000."),
    key("rate_limit", "on", "on or off; off is for load tests only."),
    key("heartbeat_ms", "25000", "Milliseconds between pings; 100 to 300000."),
    key("public_url", "", "The address that people use, such as https://chat.example.org."),
    key("log", "info", "What is logged: error, warn, info, debug, or a filter such as recado_server=debug."),
];

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

/// What is in force.
#[derive(Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    /// The SQLite file.
    pub database: PathBuf,
    pub redis_url: Option<String>,
    pub cluster: bool,
    pub registration: Registration,
    pub jwt_secret: Option<String>,
    pub access_token_ttl_s: i64,
    pub argon2_memory_kib: u32,
    pub limits: Limits,
    pub rate_limit: bool,
    pub heartbeat_ms: u64,
    pub public_url: Option<Url>,
    pub log: String,
    values: BTreeMap<&'static str, String>,
}

/// What is wrong, for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values.iter().map(|(name, value)| (name, masked(name, value)))).finish()
    }
}

impl Config {
    /// Reads the environment and the file. `file`: named on the command line; a named one must be there.
    pub fn load(file: Option<PathBuf>) -> Result<Self, ConfigError> {
        let variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .map(|(name, value)| {
                let value = value.into_string().map_err(|_| ConfigError(format!("{name} is not valid text")))?;
                Ok((name, value))
            })
            .collect::<Result<_, ConfigError>>()?;
        let named = file.or_else(|| {
            variables.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| PathBuf::from(value))
        });
        let text = if let Some(path) = named {
            Some((std::fs::read_to_string(&path), path))
        } else {
            let in_env = variables.iter().find(|(name, _)| name == "RECADO_DATA_DIR").map(|(_, v)| PathBuf::from(v));
            let path = in_env.map_or_else(default_data_dir, Ok)?.join(FILE_NAME);
            path.exists().then(|| (std::fs::read_to_string(&path), path))
        };
        let text = text
            .map(|(read, path)| read.map_err(|error| ConfigError(format!("{}: {error}", path.display()))))
            .transpose()?;
        Self::from(text.as_deref().unwrap_or(""), &variables)
    }

    /// The effective configuration from a file's text and `RECADO_` variables.
    pub fn from(file: &str, variables: &[(String, String)]) -> Result<Self, ConfigError> {
        let mut values: BTreeMap<&'static str, String> =
            KEYS.iter().map(|key| (key.name, key.default.to_owned())).collect();
        let table: toml::Table = file.parse().map_err(|error| ConfigError(format!("the file: {error}")))?;
        for (name, value) in table {
            let known = KEYS.iter().find(|key| key.name == name);
            let known = known.ok_or_else(|| ConfigError(format!("unknown key `{name}` in the file")))?;
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(truth) if name == "rate_limit" => if truth { "on" } else { "off" }.to_owned(),
                toml::Value::Boolean(truth) => truth.to_string(),
                _ => return Err(ConfigError(format!("`{name}` takes a text, a number or a truth"))),
            };
            values.insert(known.name, text);
        }
        for (variable, value) in variables.iter().filter(|(name, _)| name != FILE_VARIABLE) {
            let name = variable.strip_prefix(PREFIX).unwrap_or(variable).to_lowercase();
            let known = KEYS.iter().find(|key| key.name == name && variable.chars().all(|c| !c.is_ascii_lowercase()));
            let known = known.ok_or_else(|| ConfigError(format!("unknown variable {variable}")))?;
            values.insert(known.name, value.clone());
        }
        Self::check(values)
    }

    fn check(mut values: BTreeMap<&'static str, String>) -> Result<Self, ConfigError> {
        if values["data_dir"].is_empty() {
            values.insert("data_dir", default_data_dir()?.display().to_string());
        }
        let data_dir = PathBuf::from(&values["data_dir"]);
        if values["database_url"].is_empty() {
            values.insert("database_url", format!("sqlite:{}", data_dir.join("recado.db").display()));
        }
        let database = values["database_url"]
            .strip_prefix("sqlite:")
            .map(|path| PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
            .filter(|path| !path.as_os_str().is_empty())
            .ok_or_else(|| wrong("database_url", "sqlite:PATH is what this version knows"))?;
        let text = |name: &str| Some(values[name].clone()).filter(|value| !value.is_empty());
        let jwt_secret = text("jwt_secret");
        if jwt_secret.as_ref().is_some_and(|secret| secret.len() < 32) {
            return Err(wrong("jwt_secret", "at least 32 bytes"));
        }
        let redis_url = text("redis_url");
        if let Some(url) = &redis_url {
            redis::Client::open(url.as_str()).map_err(|_| wrong("redis_url", "redis://HOST:PORT/ or rediss://…"))?;
        }
        let cluster = truth(&values, "cluster", "true", "false")?;
        if cluster {
            return Err(wrong(
                "cluster",
                "SQLite cannot be shared by a cluster, and this version knows no other database",
            ));
        }
        let public_url = text("public_url").map(|url| url.parse::<Url>()).transpose();
        let public_url = public_url
            .ok()
            .filter(|url| url.as_ref().is_none_or(|url| matches!(url.scheme(), "http" | "https") && url.has_host()))
            .ok_or_else(|| wrong("public_url", "an http or https address"))?;
        tracing_subscriber::EnvFilter::try_new(&values["log"]).map_err(|_| wrong("log", "a level or a filter"))?;
        let registration = match values["registration"].as_str() {
            "open" => Registration::Open,
            "invite" => Registration::Invite,
            "closed" => Registration::Closed,
            _ => return Err(wrong("registration", "open, invite or closed")),
        };
        let listen =
            values["listen"].parse().map_err(|_| wrong("listen", "an address and a port such as 127.0.0.1:8000"))?;
        Ok(Self {
            listen,
            database,
            redis_url,
            cluster,
            registration,
            jwt_secret,
            access_token_ttl_s: number(&values, "access_token_ttl_s", 1, 86_400)?,
            argon2_memory_kib: number(&values, "argon2_memory_kib", 64, 4 * 1024 * 1024)?,
            limits: Limits {
                max_frame_bytes: number(&values, "max_frame_bytes", 1024, 1024 * 1024)?,
                max_message_chars: number(&values, "max_message_chars", 1, 100_000)?,
                ..Limits::default()
            },
            rate_limit: truth(&values, "rate_limit", "on", "off")?,
            heartbeat_ms: number(&values, "heartbeat_ms", 100, 300_000)?,
            public_url,
            log: values["log"].clone(),
            data_dir,
            values,
        })
    }

    /// What is in force as a TOML file, secrets masked.
    pub fn effective(&self) -> String {
        let mut text = String::new();
        for key in &KEYS {
            let _ = writeln!(text, "{} = {}", key.name, quoted(&masked(key.name, &self.values[key.name])));
        }
        text
    }

    /// The default file with a reason for each key.
    pub fn default_file() -> String {
        let mut text = String::new();
        for key in &KEYS {
            let variable = key.name.to_uppercase();
            let _ = writeln!(text, "# {}\n# Environment: {PREFIX}{variable}", key.about);
            let _ = writeln!(text, "# {} = {}\n", key.name, quoted(key.default));
        }
        text
    }
}

fn wrong(name: &str, takes: &str) -> ConfigError {
    ConfigError(format!("{PREFIX}{} (`{name}`) has a wrong value: it takes {takes}", name.to_uppercase()))
}

fn truth(values: &BTreeMap<&'static str, String>, name: &str, yes: &str, no: &str) -> Result<bool, ConfigError> {
    match values[name].as_str() {
        value if value == yes => Ok(true),
        value if value == no => Ok(false),
        _ => Err(wrong(name, &format!("{yes} or {no}"))),
    }
}

fn number<T: FromStr + PartialOrd + fmt::Display + Copy>(
    values: &BTreeMap<&'static str, String>,
    name: &str,
    least: T,
    most: T,
) -> Result<T, ConfigError> {
    let value = values[name].parse().ok().filter(|value| *value >= least && *value <= most);
    value.ok_or_else(|| wrong(name, &format!("a number from {least} to {most}")))
}

fn default_data_dir() -> Result<PathBuf, ConfigError> {
    directories::ProjectDirs::from("chat", "Recado", "recado-server")
        .map(|dirs| dirs.data_dir().to_owned())
        .ok_or_else(|| ConfigError("RECADO_DATA_DIR must be set: this system names no home".into()))
}

fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

/// A value as it may be shown.
fn masked(name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    if name == "jwt_secret" {
        return MASK.into();
    }
    if name.ends_with("_url")
        && let Ok(mut url) = value.parse::<Url>()
        && url.password().is_some()
    {
        return if url.set_password(Some(MASK)).is_ok() { url.into() } else { MASK.into() };
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut all = vec![("RECADO_DATA_DIR".to_owned(), "/data".to_owned())];
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::from(file, &all)
    }

    #[test]
    fn defaults_need_nothing_and_the_environment_beats_the_file() {
        let config = from("", &[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
        assert_eq!(config.database, PathBuf::from("/data/recado.db"));
        assert_eq!(config.registration, Registration::Invite);
        assert!(config.rate_limit && config.redis_url.is_none());
        let config = from("heartbeat_ms = 1000\nregistration = 'open'", &[("RECADO_HEARTBEAT_MS", "2000")]).unwrap();
        assert_eq!((config.heartbeat_ms, config.registration), (2000, Registration::Open));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (file, variables, name) in [
            ("colour = 'red'", vec![], "colour"),
            ("", vec![("RECADO_COLOUR", "red")], "RECADO_COLOUR"),
            ("", vec![("RECADO_LISTEN", "nowhere")], "RECADO_LISTEN"),
            ("", vec![("RECADO_JWT_SECRET", "short")], "RECADO_JWT_SECRET"),
            ("", vec![("RECADO_REGISTRATION", "perhaps")], "RECADO_REGISTRATION"),
            ("", vec![("RECADO_HEARTBEAT_MS", "5")], "RECADO_HEARTBEAT_MS"),
            ("", vec![("RECADO_MAX_FRAME_BYTES", "many")], "RECADO_MAX_FRAME_BYTES"),
            ("", vec![("RECADO_DATABASE_URL", "mysql://x")], "RECADO_DATABASE_URL"),
            ("", vec![("RECADO_PUBLIC_URL", "ftp://x")], "RECADO_PUBLIC_URL"),
            ("", vec![("RECADO_CLUSTER", "true")], "RECADO_CLUSTER"),
        ] {
            let error = from(file, &variables).unwrap_err().to_string();
            assert!(error.contains(name), "{name}: {error}");
        }
    }

    #[test]
    fn secrets_are_masked_wherever_it_is_shown() {
        let secret = "0123456789012345678901234567890123456789";
        let config =
            from("", &[("RECADO_JWT_SECRET", secret), ("RECADO_REDIS_URL", "redis://ana:hunter22@127.0.0.1:6379/")])
                .unwrap();
        for shown in [config.effective(), format!("{config:?}")] {
            assert!(!shown.contains(secret) && !shown.contains("hunter22"), "{shown}");
        }
        assert!(config.effective().contains("redis://ana:"));
    }

    #[test]
    fn the_default_file_names_every_key_and_can_be_read() {
        let file = Config::default_file();
        let uncommented: String = file
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(" = "))
            .fold(String::new(), |text, line| text + line + "\n");
        for key in KEYS {
            assert!(uncommented.contains(&format!("{} = ", key.name)), "{}", key.name);
        }
        assert!(from(&uncommented, &[]).is_ok());
        assert!(from(&file, &[]).is_ok());
    }
}
