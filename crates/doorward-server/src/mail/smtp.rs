//! Delivery to a mail server (RFC 5321 submission): TLS from the start or by STARTTLS, never without beyond loopback.

use std::time::Duration;

use doorward_core::model::{Mail, Secret};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox as Address, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::attempt::Undelivered;
use super::compose::{Composed, one_line};

/// How long one command may take, and the whole of a delivery.
const COMMAND_TIME: Duration = Duration::from_secs(20);
const DELIVERY_TIME: Duration = Duration::from_mins(1);

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314 §3.3), usually port 465.
    Tls,
    /// STARTTLS, required (RFC 3207), usually port 587.
    StartTls,
    /// None. For a mail server on this machine only.
    None,
}

impl SmtpSecurity {
    /// As it stands in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }
}

/// The mail server and how to speak to it.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Name or address; its certificate must have it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub security: SmtpSecurity,
    /// The sender: an address, or `Name <address>`.
    pub from: String,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
    /// PEM of an authority beside the system's, for mail servers with certificates of their own.
    pub ca_pem: Option<Vec<u8>>,
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum SmtpFault {
    /// The sender is no address.
    #[error("mail.from is no address: {0}")]
    From(String),
    /// Mail would cross the network in clear.
    #[error("mail would be sent without TLS to {0}, which is not this machine")]
    Plain(String),
    /// The settings were given before.
    #[error("the mail server was set before")]
    SetTwice,
    /// The authority's certificate, or TLS as a whole.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// A mail server.
pub(super) struct Smtp {
    settings: SmtpSettings,
    from: Address,
    domain: String,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    pub(super) fn new(settings: SmtpSettings, base_url: &str) -> Result<Self, SmtpFault> {
        let from: Address = settings.from.parse().map_err(|_| SmtpFault::From(settings.from.clone()))?;
        if settings.security == SmtpSecurity::None && !is_loopback(&settings.host) {
            return Err(SmtpFault::Plain(settings.host));
        }
        let tls = match settings.security {
            SmtpSecurity::Tls => Tls::Wrapper(tls(&settings)?),
            SmtpSecurity::StartTls => Tls::Required(tls(&settings)?),
            SmtpSecurity::None => Tls::None,
        };
        let host = url::Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let domain = host.unwrap_or_else(|| "localhost".to_owned());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .hello_name(ClientId::Domain(domain.clone()))
            .timeout(Some(COMMAND_TIME))
            .tls(tls);
        if let Some((user, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        let transport = builder.build();
        Ok(Self { settings, from, domain, transport })
    }

    pub(super) fn server(&self) -> String {
        format!("{}:{}", self.settings.host, self.settings.port)
    }

    pub(super) fn security(&self) -> SmtpSecurity {
        self.settings.security
    }

    pub(super) fn from(&self) -> String {
        self.settings.from.clone()
    }

    /// Shakes hands.
    pub(super) async fn probe(&self) -> Result<(), String> {
        match tokio::time::timeout(DELIVERY_TIME, self.transport.test_connection()).await {
            Err(_) => Err("the mail server does not answer".to_owned()),
            Ok(Err(fault)) => Err(told(&fault)),
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail server closed the connection".to_owned()),
        }
    }

    /// Hands a mail over.
    pub(super) async fn deliver(&self, mail: &Mail, composed: &Composed) -> Result<(), Undelivered> {
        let message = self
            .message(mail, composed)
            .map_err(|said| Undelivered { for_good: true, said: format!("it cannot be written: {said}") })?;
        match tokio::time::timeout(DELIVERY_TIME, self.transport.send(message)).await {
            Err(_) => Err(Undelivered { for_good: false, said: "the mail server took too long".to_owned() }),
            Ok(Err(fault)) => Err(Undelivered { for_good: is_for_good(&fault), said: told(&fault) }),
            Ok(Ok(_)) => Ok(()),
        }
    }

    fn message(&self, mail: &Mail, composed: &Composed) -> Result<Message, String> {
        let to: lettre::Address = mail.to.parse().map_err(|_| "the recipient is no address".to_owned())?;
        let name = match mail.tenant {
            Some(_) => Some(one_line(&composed.sender)),
            None => self.from.name.clone(),
        };
        let written = u64::try_from(mail.created_at.seconds()).unwrap_or_default();
        Message::builder()
            .from(Address::new(name, self.from.email.clone()))
            .to(Address::new(None, to))
            .subject(one_line(&composed.subject))
            .date(std::time::UNIX_EPOCH + Duration::from_secs(written))
            .message_id(Some(format!("<{}@{}>", mail.id, self.domain)))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(composed.text.clone(), composed.html.clone()))
            .map_err(|fault| fault.to_string())
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, SmtpFault> {
    let refuse = |fault: lettre::transport::smtp::Error| SmtpFault::Tls(fault.to_string());
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.ca_pem {
        parameters = parameters.add_root_certificate(Certificate::from_pem(pem).map_err(refuse)?);
    }
    parameters.build_rustls().map_err(refuse)
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A reply 5yz to the mail itself is for good. Wrong credentials and a missing TLS are the operator's to mend, and the
/// mail can wait.
fn is_for_good(fault: &lettre::transport::smtp::Error) -> bool {
    let about_us = fault.status().is_some_and(|code| {
        let code = u16::from(code);
        matches!(code, 530 | 534 | 535 | 538)
    });
    fault.is_permanent() && !about_us
}

/// A fault with its causes, in one line.
fn told(fault: &lettre::transport::smtp::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// `Auto-Submitted: auto-generated` (RFC 3834 §5): nobody's holiday notice answers.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use doorward_core::model::{Expiry, Instant, MailId, TenantId};

    use super::*;

    fn settings(host: &str, security: SmtpSecurity) -> SmtpSettings {
        SmtpSettings {
            host: host.to_owned(),
            port: 587,
            security,
            from: "Doorward <no-reply@id.test>".to_owned(),
            credentials: Some(("user".to_owned(), Secret::new("hunter-2-hunter"))),
            ca_pem: None,
        }
    }

    #[test]
    fn mail_never_crosses_the_network_in_clear() {
        for host in ["mail.example.org", "10.0.0.7", "localhost.evil.test", "[::2]"] {
            let refused = Smtp::new(settings(host, SmtpSecurity::None), "https://id.test");
            assert!(matches!(refused, Err(SmtpFault::Plain(_))), "{host}");
        }
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(Smtp::new(settings(host, SmtpSecurity::None), "https://id.test").is_ok(), "{host}");
        }
        let unsaid = SmtpSettings { from: "nobody".to_owned(), ..settings("localhost", SmtpSecurity::None) };
        assert!(matches!(Smtp::new(unsaid, "https://id.test"), Err(SmtpFault::From(_))));
        assert!(!format!("{:?}", settings("h", SmtpSecurity::Tls)).contains("hunter"));
    }

    #[test]
    fn a_name_in_a_header_stays_in_its_header() {
        let smtp = Smtp::new(settings("localhost", SmtpSecurity::None), "https://id.test:7443").unwrap();
        let mail = Mail {
            id: MailId::random([7; 16]),
            tenant: Some(TenantId::random([1; 16])),
            to: "ben@mail.test".to_owned(),
            sealed: String::new(),
            created_at: Instant::from_seconds(1_800_000_000),
            expiry: Expiry::at(Instant::from_seconds(1_800_000_600)),
            attempts: 0,
            next_attempt: Instant::from_seconds(1_800_000_000),
            last_error: None,
        };
        let composed = Composed {
            sender: "Wiese, \"Grün\" <x@evil.test>\r\nBcc: all@evil.test".to_owned(),
            subject: "Grüße\r\nBcc: all@evil.test".to_owned(),
            text: "text".to_owned(),
            html: "<p>html</p>".to_owned(),
            code: None,
            link: None,
        };
        let written = String::from_utf8(smtp.message(&mail, &composed).unwrap().formatted()).unwrap();
        let head = written.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains(&format!("Message-ID: <{}@id.test>", mail.id)), "{head}");
        assert!(head.contains("To: ben@mail.test"), "{head}");
    }
}
