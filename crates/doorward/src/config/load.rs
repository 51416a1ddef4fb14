//! Reading and judging the file: unknown keys, wrong types and insecure settings are refused with the remedy.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::keys::{KEYS, nearest};
use super::mail::{MailConfig, RawMail};
use super::observing::{Observing, RawLog, RawMetrics};
use crate::listener::Bounds;
use crate::master::MasterKeySource;

/// The settings of `doorward serve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) public_url: String,
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) master_key: MasterKeySource,
    pub(crate) tls: Option<Tls>,
    pub(crate) trust_forwarded_for: bool,
    pub(crate) mail: Option<MailConfig>,
    pub(crate) most_connections: usize,
    pub(crate) shutdown: Duration,
    pub(crate) observing: Observing,
}

/// Certificate and key of the listener.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Why a configuration is refused: the setting, its value, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DW5152 configuration-invalid: {setting} = {value}: {fault}\n  do this  {remedy}")]
pub(crate) struct ConfigFault {
    pub(crate) setting: String,
    pub(crate) value: String,
    pub(crate) fault: String,
    pub(crate) remedy: String,
}

impl ConfigFault {
    pub(crate) fn new(
        setting: &str,
        value: impl ToString,
        fault: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            setting: setting.to_owned(),
            value: value.to_string(),
            fault: fault.into(),
            remedy: remedy.into(),
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    public_url: Option<String>,
    #[serde(default = "default_listen")]
    listen: SocketAddr,
    data: Option<PathBuf>,
    master_key_file: Option<PathBuf>,
    master_key: Option<RawMasterKey>,
    tls: Option<Tls>,
    mail: Option<RawMail>,
    #[serde(default)]
    behind_proxy: bool,
    #[serde(default)]
    trust_forwarded_for: bool,
    most_connections: Option<usize>,
    shutdown_secs: Option<u64>,
    #[serde(default)]
    log: RawLog,
    #[serde(default)]
    metrics: RawMetrics,
}

/// Exactly one of them.
#[derive(Default, Deserialize)]
struct RawMasterKey {
    file: Option<PathBuf>,
    environment: Option<String>,
    command: Option<Vec<String>>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7443))
}

impl Config {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigFault> {
        let text = std::fs::read_to_string(path).map_err(|fault| {
            ConfigFault::new(
                "--config",
                path.display(),
                fault.to_string(),
                "Name a TOML file that this user can read",
            )
        })?;
        Self::parse(&text)
    }

    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigFault> {
        let table: toml::Table = text.parse().map_err(|fault: toml::de::Error| {
            ConfigFault::new("the file", "", fault.to_string(), "Write TOML: key = value, one a line")
        })?;
        known_keys("", &table)?;
        let raw: Raw = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|fault| {
            let at = fault.path().to_string();
            let doc =
                KEYS.iter().find(|key| key.name == at).map_or("see doorward serve --help", |key| key.doc);
            ConfigFault::new(&at, "", fault.inner().to_string(), doc)
        })?;
        raw.judge()
    }
}

fn known_keys(prefix: &str, table: &toml::Table) -> Result<(), ConfigFault> {
    for (name, value) in table {
        let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let is_group = KEYS.iter().any(|key| key.name.starts_with(&format!("{full}.")));
        match value {
            toml::Value::Table(inner) if is_group => known_keys(&full, inner)?,
            _ if KEYS.iter().any(|key| key.name == full) => {}
            _ => {
                let remedy = match nearest(&full) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => "Remove it; doorward serve --help lists the keys".to_owned(),
                };
                return Err(ConfigFault::new(&full, format!("{value:?}"), "there is no such key", remedy));
            }
        }
    }
    Ok(())
}

/// The one source that is named; two would leave it open which of them counts.
fn master_key(plain: Option<PathBuf>, group: RawMasterKey) -> Result<Option<MasterKeySource>, ConfigFault> {
    let named = [
        ("master_key_file", plain.map(MasterKeySource::File)),
        ("master_key.file", group.file.map(MasterKeySource::File)),
        ("master_key.environment", group.environment.map(MasterKeySource::Environment)),
        ("master_key.command", group.command.map(MasterKeySource::Command)),
    ];
    let mut named = named.into_iter().filter_map(|(name, source)| source.map(|source| (name, source)));
    let first = named.next();
    match (first, named.next()) {
        (Some((first, _)), Some((second, _))) => Err(ConfigFault::new(
            second,
            "",
            format!("{first} names a master key already"),
            "Keep one of them: the master key has one source",
        )),
        (first, _) => Ok(first.map(|(_, source)| source)),
    }
}

impl Raw {
    fn judge(self) -> Result<Config, ConfigFault> {
        let missing = |key: &str| {
            let doc = KEYS.iter().find(|known| known.name == key).map_or("", |known| known.doc);
            ConfigFault::new(key, "(missing)", "it has no default", format!("Set it: {doc}"))
        };
        let public_url = self.public_url.ok_or_else(|| missing("public_url"))?;
        let public_url = judge_url(&public_url)?;
        if self.tls.is_none() && !self.listen.ip().is_loopback() && !self.behind_proxy {
            return Err(ConfigFault::new(
                "listen",
                self.listen,
                "without tls.certificate this would speak plain http to the network",
                "Set tls.certificate and tls.key, listen on 127.0.0.1, or set behind_proxy = true",
            ));
        }
        let master_key = master_key(self.master_key_file, self.master_key.unwrap_or_default())?
            .ok_or_else(|| missing("master_key_file"))?;
        Ok(Config {
            public_url,
            listen: self.listen,
            data: self.data.ok_or_else(|| missing("data"))?,
            master_key,
            tls: self.tls,
            trust_forwarded_for: self.trust_forwarded_for,
            mail: self.mail.map(RawMail::judge).transpose()?,
            most_connections: judge_connections(self.most_connections)?,
            shutdown: judge_shutdown(self.shutdown_secs)?,
            observing: Observing::judge(self.log, self.metrics)?,
        })
    }
}

fn judge_connections(wanted: Option<usize>) -> Result<usize, ConfigFault> {
    let refuse = |wanted: usize, fault: String, remedy: &str| {
        Err(ConfigFault::new("most_connections", wanted, fault, remedy))
    };
    let possible = Bounds::possible_connections();
    match wanted {
        None => Ok(Bounds::usual_connections()),
        Some(wanted) if !(16..=1_000_000).contains(&wanted) => {
            refuse(wanted, "it is out of range".to_owned(), "Write a number from 16 to 1000000")
        }
        Some(wanted) if wanted > possible => {
            let fault = format!("this process has files for {possible} connections only");
            refuse(wanted, fault, "Raise the limit of open files (LimitNOFILE in the unit, or ulimit -n)")
        }
        Some(wanted) => Ok(wanted),
    }
}

/// How long open requests may take to end where nothing is configured, in seconds.
const USUAL_SHUTDOWN: u64 = 10;

fn judge_shutdown(wanted: Option<u64>) -> Result<Duration, ConfigFault> {
    match wanted.unwrap_or(USUAL_SHUTDOWN) {
        secs @ 0..=300 => Ok(Duration::from_secs(secs)),
        secs => {
            let remedy = "Write seconds from 0 to 300";
            Err(ConfigFault::new("shutdown_secs", secs, "it is out of range", remedy))
        }
    }
}

fn judge_url(text: &str) -> Result<String, ConfigFault> {
    let refuse = |fault: &str| {
        ConfigFault::new(
            "public_url",
            text,
            fault,
            "Write it like https://id.example.org or https://id.example.org:8443",
        )
    };
    let url = url::Url::parse(text).map_err(|_| refuse("it is not an address"))?;
    if url.scheme() != "https" {
        return Err(refuse("client libraries refuse an identity server without https"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(refuse("it has more than a host and a port"));
    }
    let host = url.host_str().ok_or_else(|| refuse("it names no host"))?;
    Ok(match url.port() {
        Some(port) => format!("https://{host}:{port}"),
        None => format!("https://{host}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "public_url = \"https://id.example.org/\"\ndata = \"/var/lib/doorward\"\nmaster_key_file = \"/etc/doorward/master.key\"\n";

    #[test]
    fn a_small_file_is_enough() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!(config.public_url, "https://id.example.org");
        assert!(config.listen.ip().is_loopback());
    }

    #[test]
    fn unknown_keys_are_refused_with_a_suggestion() {
        let fault = Config::parse(&format!("{GOOD}behind_proxi = true\n")).unwrap_err();
        assert_eq!(fault.setting, "behind_proxi");
        assert_eq!(fault.remedy, "Did you mean behind_proxy?");
    }

    #[test]
    fn the_log_has_its_settings_and_numbers_are_off_unless_asked_for() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!(config.observing.metrics, None);
        let text = format!(
            "{GOOD}[log]\nformat = \"json\"\nretention_days = 2\n[metrics]\nlisten = \"127.0.0.1:9464\"\n"
        );
        let observing = Config::parse(&text).unwrap().observing;
        assert_eq!(observing.log.retention, Duration::from_hours(48));
        assert_eq!(observing.metrics, Some(SocketAddr::from(([127, 0, 0, 1], 9464))));
        for (bad, setting) in [
            ("[log]\nretention_days = 0\n", "log.retention_days"),
            ("[log]\nformat = \"xml\"\n", "log.format"),
            ("[log]\nretention = 3\n", "log.retention"),
            ("[metrics]\nlisten = 9464\n", "metrics.listen"),
        ] {
            assert_eq!(Config::parse(&format!("{GOOD}{bad}")).unwrap_err().setting, setting, "{bad}");
        }
    }

    #[test]
    fn the_master_key_has_exactly_one_source() {
        let without = GOOD.replace("master_key_file = \"/etc/doorward/master.key\"\n", "");
        let with = |lines: &str| Config::parse(&format!("{without}{lines}")).map(|config| config.master_key);
        assert_eq!(with("[master_key]\nfile = \"/k\"").unwrap(), MasterKeySource::File("/k".into()));
        assert_eq!(
            with("[master_key]\nenvironment = \"K\"").unwrap(),
            MasterKeySource::Environment("K".to_owned())
        );
        assert_eq!(
            with("[master_key]\ncommand = [\"/bin/get\", \"key\"]").unwrap(),
            MasterKeySource::Command(vec!["/bin/get".to_owned(), "key".to_owned()])
        );
        assert_eq!(with("").unwrap_err().setting, "master_key_file");
        assert_eq!(with("[master_key]\n").unwrap_err().setting, "master_key_file");
        let two = with("master_key_file = \"/k\"\n[master_key]\nfile = \"/k\"").unwrap_err();
        assert_eq!(two.setting, "master_key.file");
        assert_eq!(with("[master_key]\nkey = \"abc\"").unwrap_err().setting, "master_key.key");
        assert_eq!(with("[master_key]\ncommand = \"/bin/get\"").unwrap_err().setting, "master_key.command");
    }

    #[test]
    fn insecure_settings_are_refused_by_name() {
        let of = |text: &str| Config::parse(text).unwrap_err().setting;
        assert_eq!(of(&GOOD.replace("https:", "http:")), "public_url");
        assert_eq!(of(&GOOD.replace("org/", "org/path")), "public_url");
        assert_eq!(of(&format!("{GOOD}listen = \"0.0.0.0:7443\"\n")), "listen");
        assert_eq!(of(&format!("{GOOD}listen = \"somewhere\"\n")), "listen");
        assert_eq!(of("data = \"/d\"\n"), "public_url");
        assert!(Config::parse(&format!("{GOOD}listen = \"0.0.0.0:7443\"\nbehind_proxy = true\n")).is_ok());
    }

    #[test]
    fn bounds_have_defaults_and_are_refused_out_of_range() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!(config.shutdown, Duration::from_secs(10));
        assert!(config.most_connections >= 64);
        let of = |text: &str| Config::parse(&format!("{GOOD}{text}\n")).map_err(|fault| fault.setting);
        assert_eq!(of("shutdown_secs = 0").unwrap().shutdown, Duration::ZERO);
        assert_eq!(of("most_connections = 16").unwrap().most_connections, 16);
        for setting in ["shutdown_secs = 301", "most_connections = 1", "most_connections = 2000000"] {
            assert_eq!(of(setting).unwrap_err(), setting.split(' ').next().unwrap());
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 2_000, ..Default::default() })]

        #[test]
        fn no_file_makes_reading_panic(junk in "\\PC{0,80}", cut in 0usize..400, key in 0usize..64, value in 0usize..9) {
            let key = KEYS[key % KEYS.len()].name;
            let values = ["true", "-1", "\"\"", "\"https://x\"", "[1]", "{a = 1}", "1979-05-27", "9e99", "99999999999999999999"];
            let whole = format!("{GOOD}{key} = {}\n{junk}", values[value]);
            for text in [whole.chars().take(cut).collect::<String>(), whole, format!("[{junk}]\n{GOOD}")] {
                if let Err(fault) = Config::parse(&text) {
                    proptest::prop_assert!(!fault.fault.is_empty() && !fault.remedy.is_empty(), "{}", fault);
                }
            }
        }
    }
}
