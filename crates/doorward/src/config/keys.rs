//! Every key there is, with what it means; the reader, the suggestions and the reference come from this table.

/// A key of the configuration file.
pub(crate) struct Key {
    /// Dotted name.
    pub(crate) name: &'static str,
    /// What it is, with unit and example.
    pub(crate) doc: &'static str,
    /// The default, or why there is none.
    pub(crate) default: &'static str,
}

/// All keys.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "public_url",
        doc: "the address by which people and applications reach the server: https, no path",
        default: "none: it goes into every token",
    },
    Key { name: "listen", doc: "address and port to listen on", default: "127.0.0.1:7443" },
    Key {
        name: "data",
        doc: "directory of the store, its lock and the administration's socket",
        default: "none",
    },
    Key {
        name: "master_key_file",
        doc: "file with the master key, 32 bytes in base64, readable by the server's user alone; make one with: head -c 32 /dev/urandom | base64",
        default: "none: secrets at rest are sealed under it; this, or one of master_key.*",
    },
    Key { name: "master_key.file", doc: "the same as master_key_file", default: "none" },
    Key {
        name: "master_key.environment",
        doc: "name of the environment variable that holds the master key",
        default: "none",
    },
    Key {
        name: "master_key.command",
        doc: "program and arguments, such as [\"/usr/bin/vault\", \"kv\", \"get\", \"-field=key\", \"doorward\"], that print the master key",
        default: "none",
    },
    Key { name: "tls.certificate", doc: "PEM file with the certificate chain", default: "none" },
    Key { name: "tls.key", doc: "PEM file with the certificate's private key", default: "none" },
    Key {
        name: "mail.server",
        doc: "host and port of the mail server, like smtp.example.org:587; without it no mail is sent, and nothing that needs mail is offered",
        default: "none",
    },
    Key {
        name: "mail.security",
        doc: "starttls, tls (from the first byte), or none for a mail server on this machine",
        default: "tls on port 465, else starttls",
    },
    Key {
        name: "mail.from",
        doc: "the sender, like Example <no-reply@example.org>",
        default: "none: mail needs one",
    },
    Key { name: "mail.user", doc: "user name at the mail server", default: "none" },
    Key { name: "mail.password_file", doc: "file with the password at the mail server", default: "none" },
    Key {
        name: "mail.password_env",
        doc: "environment variable with the password at the mail server, in place of the file",
        default: "none",
    },
    Key {
        name: "mail.ca_file",
        doc: "PEM file with the authority of the mail server's certificate, where the system does not know it",
        default: "none",
    },
    Key {
        name: "behind_proxy",
        doc: "true where a proxy on another machine ends TLS and this server may listen in plain http beyond loopback",
        default: "false",
    },
    Key {
        name: "trust_forwarded_for",
        doc: "true where the proxy sets X-Forwarded-For; rate limits then count the address it names",
        default: "false",
    },
    Key {
        name: "most_connections",
        doc: "connections that may be open at once, 16 to 1000000; whoever comes then is answered 503; each one takes a file (LimitNOFILE)",
        default: "4096, or fewer where the process may not open as many files",
    },
    Key {
        name: "shutdown_secs",
        doc: "seconds that open requests get to end when the server is asked to stop, 0 to 300",
        default: "10",
    },
    Key {
        name: "log.format",
        doc: "how lines of the log are written: text, json, or auto, which is text at a terminal and JSON elsewhere",
        default: "auto",
    },
    Key { name: "log.retention_days", doc: "days for which the request log is kept, 1 to 365", default: "7" },
    Key {
        name: "log.same_per_minute",
        doc: "requests of programs that were granted and say the same are logged so often a minute for each application, and only counted beyond",
        default: "120",
    },
    Key {
        name: "log.most_per_minute",
        doc: "requests that are logged in a minute, whatever they are; beyond them they are counted, so that an attack does not fill the disk",
        default: "12000",
    },
    Key {
        name: "metrics.listen",
        doc: "address and port at which Prometheus reads /metrics in plain http, such as 127.0.0.1:9464; keep it away from the Internet",
        default: "none: the numbers are not answered",
    },
];

/// The reference as text, a line per key.
pub(crate) fn reference() -> String {
    let line = |key: &Key| format!("{:<20} {} (default: {})", key.name, key.doc, key.default);
    KEYS.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The known key that begins like `unknown`, or is spelt most like it.
pub(crate) fn nearest(unknown: &str) -> Option<&'static str> {
    if let Some(longer) = KEYS.iter().find(|key| unknown.len() > 3 && key.name.starts_with(unknown)) {
        return Some(longer.name);
    }
    let best = KEYS.iter().map(|key| (distance(unknown, key.name), key.name)).min()?;
    (best.0 <= 3.max(unknown.len() / 3)).then_some(best.1)
}

/// Levenshtein distance; keys are short.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        assert_eq!(nearest("public_ulr"), Some("public_url"));
        assert_eq!(nearest("tls.cert"), Some("tls.certificate"));
        assert_eq!(nearest("zzzzzzzzzz"), None);
    }
}
