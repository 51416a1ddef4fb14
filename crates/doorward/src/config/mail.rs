//! The section `[mail]`: the mail server, the sender, and the password, which never stands in the file itself.

use std::path::{Path, PathBuf};

use doorward_core::model::Secret;
use doorward_server::{SmtpSecurity, SmtpSettings};
use serde::Deserialize;

use super::load::ConfigFault;

/// As written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct RawMail {
    server: Option<String>,
    security: Option<String>,
    from: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    password_env: Option<String>,
    ca_file: Option<PathBuf>,
}

/// Judged; files are read when mail is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailConfig {
    host: String,
    port: u16,
    security: SmtpSecurity,
    from: String,
    user: Option<String>,
    password: Option<PasswordSource>,
    ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PasswordSource {
    Environment(String),
    File(PathBuf),
}

impl RawMail {
    pub(super) fn judge(self) -> Result<MailConfig, ConfigFault> {
        let missing = |key: &str, remedy: &str| ConfigFault::new(key, "(missing)", "mail needs it", remedy);
        let server = self
            .server
            .ok_or_else(|| missing("mail.server", "Set it like mail.server = \"smtp.example.org:587\""))?;
        let (host, port) = judge_server(&server)?;
        let security = judge_security(self.security.as_deref(), port)?;
        if security == SmtpSecurity::None && !is_loopback(&host) {
            return Err(ConfigFault::new(
                "mail.security",
                "none",
                format!("mail, with codes and links in it, would cross the network to {host} in clear"),
                "Use starttls or tls; none is for a mail server on this machine",
            ));
        }
        let from = self.from.ok_or_else(|| {
            missing("mail.from", "Set it like mail.from = \"Example <no-reply@example.org>\"")
        })?;
        let password = match (self.password_file, self.password_env) {
            (Some(_), Some(name)) => {
                return Err(ConfigFault::new(
                    "mail.password_env",
                    name,
                    "mail.password_file is set as well",
                    "Keep one of the two",
                ));
            }
            (Some(path), None) => Some(PasswordSource::File(path)),
            (None, Some(name)) => Some(PasswordSource::Environment(name)),
            (None, None) => None,
        };
        if self.user.is_some() != password.is_some() {
            return Err(ConfigFault::new(
                "mail.user",
                self.user.as_deref().unwrap_or("(missing)"),
                "a user and a password belong together",
                "Set mail.user with mail.password_file or mail.password_env, or none of them",
            ));
        }
        Ok(MailConfig { host, port, security, from, user: self.user, password, ca_file: self.ca_file })
    }
}

impl MailConfig {
    /// Reads password and authority.
    pub(crate) fn settings(&self) -> Result<SmtpSettings, ConfigFault> {
        let credentials = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some((user.clone(), Secret::new(password.read()?))),
            _ => None,
        };
        let ca_pem = match &self.ca_file {
            None => None,
            Some(path) => Some(std::fs::read(path).map_err(|fault| {
                ConfigFault::new(
                    "mail.ca_file",
                    path.display(),
                    fault.to_string(),
                    "Name a PEM file with the certificate of the authority",
                )
            })?),
        };
        Ok(SmtpSettings {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            from: self.from.clone(),
            credentials,
            ca_pem,
        })
    }

    /// What the server says against settings that read well.
    pub(crate) fn refuse(&self, fault: &doorward_server::SmtpFault) -> ConfigFault {
        use doorward_server::SmtpFault;
        let (key, value, remedy) = match fault {
            SmtpFault::From(_) => ("mail.from", self.from.clone(), "Write `Name <address>` or an address"),
            SmtpFault::Tls(_) => {
                let file = self.ca_file.as_deref().map(Path::display).map(|path| path.to_string());
                ("mail.ca_file", file.unwrap_or_default(), "Name a PEM file with a certificate")
            }
            SmtpFault::Plain(_) | SmtpFault::SetTwice => {
                ("mail.security", self.security.as_str().to_owned(), "Use starttls or tls")
            }
        };
        ConfigFault::new(key, value, fault.to_string(), remedy)
    }
}

impl PasswordSource {
    #[expect(clippy::disallowed_methods, reason = "the binary reads its configuration here, once")]
    fn read(&self) -> Result<String, ConfigFault> {
        match self {
            Self::Environment(name) => std::env::var(name).map_err(|_| {
                let remedy = "Give the variable to the process, or use mail.password_file";
                ConfigFault::new("mail.password_env", name, "the environment has no such text", remedy)
            }),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|fault| {
                    let remedy = "Name a file that this user can read";
                    ConfigFault::new("mail.password_file", path.display(), fault.to_string(), remedy)
                })?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        }
    }
}

fn judge_server(text: &str) -> Result<(String, u16), ConfigFault> {
    let refuse = |fault: &str| {
        ConfigFault::new("mail.server", text, fault, "Write host:port, like smtp.example.org:587")
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(|| refuse("it names no port"))?;
    let port: u16 =
        port.parse().ok().filter(|port| *port > 0).ok_or_else(|| refuse("the port is no number"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let fits = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
    if fits { Ok((host.to_owned(), port)) } else { Err(refuse("the host is no name")) }
}

/// TLS from the start on port 465, STARTTLS elsewhere, unless something is said.
fn judge_security(text: Option<&str>, port: u16) -> Result<SmtpSecurity, ConfigFault> {
    match text {
        None if port == 465 => Ok(SmtpSecurity::Tls),
        None | Some("starttls") => Ok(SmtpSecurity::StartTls),
        Some("tls") => Ok(SmtpSecurity::Tls),
        Some("none") => Ok(SmtpSecurity::None),
        Some(other) => Err(ConfigFault::new(
            "mail.security",
            other,
            "there is no such protection",
            "Use starttls, tls, or none for a mail server on this machine",
        )),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<MailConfig, String> {
        let raw: RawMail = toml::from_str(text).unwrap();
        raw.judge().map_err(|fault| fault.setting)
    }

    #[test]
    fn server_and_sender_are_enough_and_the_port_tells_the_protection() {
        let mail = judged("server = \"smtp.example.org:587\"\nfrom = \"a@example.org\"").unwrap();
        assert_eq!((mail.port, mail.security), (587, SmtpSecurity::StartTls));
        let mail = judged("server = \"smtp.example.org:465\"\nfrom = \"a@example.org\"").unwrap();
        assert_eq!(mail.security, SmtpSecurity::Tls);
        let mail = judged("server = \"[::1]:25\"\nfrom = \"a@example.org\"\nsecurity = \"none\"").unwrap();
        assert_eq!((mail.host.as_str(), mail.security), ("::1", SmtpSecurity::None));
    }

    #[test]
    fn mail_in_clear_and_half_settings_are_refused_by_name() {
        for (text, setting) in [
            ("from = \"a@example.org\"", "mail.server"),
            ("server = \"smtp.example.org:587\"", "mail.from"),
            ("server = \"smtp.example.org\"\nfrom = \"a@b.c\"", "mail.server"),
            ("server = \"smtp.example.org:0\"\nfrom = \"a@b.c\"", "mail.server"),
            ("server = \"ev il:25\"\nfrom = \"a@b.c\"", "mail.server"),
            ("server = \"smtp.example.org:25\"\nfrom = \"a@b.c\"\nsecurity = \"none\"", "mail.security"),
            ("server = \"smtp.example.org:25\"\nfrom = \"a@b.c\"\nsecurity = \"plain\"", "mail.security"),
            ("server = \"h:25\"\nfrom = \"a@b.c\"\nuser = \"u\"", "mail.user"),
            ("server = \"h:25\"\nfrom = \"a@b.c\"\npassword_env = \"P\"", "mail.user"),
            (
                "server = \"h:25\"\nfrom = \"a@b.c\"\nuser = \"u\"\npassword_env = \"P\"\npassword_file = \"f\"",
                "mail.password_env",
            ),
        ] {
            assert_eq!(judged(text), Err(setting.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_password_comes_from_a_file_without_its_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "four quiet words\n").unwrap();
        let text = format!(
            "server = \"h:587\"\nfrom = \"a@b.c\"\nuser = \"u\"\npassword_file = {:?}",
            file.display().to_string()
        );
        let settings = judged(&text).unwrap().settings().unwrap();
        assert_eq!(settings.credentials.unwrap().1.expose(), "four quiet words");
        let missing = judged(&text.replace("password\"", "nothing\"")).unwrap().settings().unwrap_err();
        assert_eq!(missing.setting, "mail.password_file");
    }
}
