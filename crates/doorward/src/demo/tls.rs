//! TLS on localhost: this machine's own certificate authority, and a server certificate made at every start.
//!
//! The authority is kept in `~/.doorward`, so that it is trusted once for all data directories; where the home directory
//! cannot be written, in the data directory. It can vouch for localhost alone (`doorward_crypto::ca`).

use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use doorward_crypto::ca::{DevelopmentCa, ServerIdentity};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::ConfigFault;
use crate::wiring;

/// The authority's certificate, for trust stores.
const CERTIFICATE_FILE: &str = "ca.pem";
/// The authority's private key.
const KEY_FILE: &str = "ca-key.pem";
/// Held while the two are made, so that two demos at once make one authority.
const LOCK_FILE: &str = "ca.lock";

/// The files that an authority in a data directory leaves there.
pub(super) const FILES: [&str; 3] = [CERTIFICATE_FILE, KEY_FILE, LOCK_FILE];

/// What the demo's servers and clients need of TLS.
pub(super) struct Tls {
    /// Where the authority's certificate is.
    pub(super) ca_file: PathBuf,
    /// The certificate.
    pub(super) ca_pem: String,
    /// For the server.
    pub(super) config: RustlsConfig,
}

/// Opens or makes the authority, and makes a certificate for localhost. `now` in seconds of the Unix epoch.
pub(super) fn prepare(data: &Path, now: i64) -> anyhow::Result<Tls> {
    let (ca, ca_file) = authority(std::env::home_dir().as_deref(), data, now)?;
    let identity = ca.issue_localhost(now).context("making a certificate for localhost")?;
    let ca_pem = ca.certificate_pem().to_owned();
    let copy = data.join(CERTIFICATE_FILE);
    if copy != ca_file {
        // For scripts that look into the data directory only. Nothing depends on it.
        let _ = std::fs::write(copy, &ca_pem);
    }
    Ok(Tls { ca_file, ca_pem, config: server_config(&identity)? })
}

fn authority(home: Option<&Path>, data: &Path, now: i64) -> anyhow::Result<(DevelopmentCa, PathBuf)> {
    let of_machine = home.filter(|home| home.is_absolute()).map(|home| home.join(".doorward"));
    if let Some(folder) = of_machine {
        match open_in(&folder, now)? {
            Ok(found) => return Ok(found),
            Err(fault) => {
                tracing::info!(folder = %folder.display(), %fault, "the data directory keeps the authority instead");
            }
        }
    }
    open_in(data, now)?.map_err(|fault| {
        let remedy = "Name a directory that this user can write with --data";
        ConfigFault::new("data", data.display(), fault.to_string(), remedy).into()
    })
}

/// The authority in a folder. The inner error says that the folder cannot be used; the outer one that it could, but that
/// what is in it is not to be trusted.
fn open_in(folder: &Path, now: i64) -> anyhow::Result<Result<(DevelopmentCa, PathBuf), io::Error>> {
    let (certificate, key) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
    if let Some(ca) = read(&certificate, &key)? {
        return Ok(Ok((ca, certificate)));
    }
    let lock = match lock(folder) {
        Ok(lock) => lock,
        Err(fault) => return Ok(Err(fault)),
    };
    // Another demo may have made it while this one waited.
    if let Some(ca) = read(&certificate, &key)? {
        return Ok(Ok((ca, certificate)));
    }
    let ca = DevelopmentCa::create(now).context("making a certificate authority")?;
    let written = wiring::write_private(&key, ca.key_pem().as_bytes())
        .and_then(|()| std::fs::write(&certificate, ca.certificate_pem()));
    drop(lock);
    Ok(written.map(|()| (ca, certificate)))
}

fn lock(folder: &Path) -> io::Result<File> {
    if !folder.is_dir() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = File::options().write(true).create(true).truncate(false).open(folder.join(LOCK_FILE))?;
    file.lock()?;
    Ok(file)
}

/// The authority as it was kept; `None` where no complete one is there.
fn read(certificate: &Path, key: &Path) -> anyhow::Result<Option<DevelopmentCa>> {
    let (Ok(certificate_pem), Ok(key_pem)) =
        (std::fs::read_to_string(certificate), std::fs::read_to_string(key))
    else {
        return Ok(None);
    };
    let refuse =
        |fault: String, remedy: String| ConfigFault::new("ca_file", certificate.display(), fault, remedy);
    let rights = std::fs::metadata(key)?.permissions().mode();
    if rights & 0o077 != 0 {
        let fault = format!("others may read its private key (mode {:o})", rights & 0o777);
        let remedy = format!(
            "Remove {} and {}: the next start makes a new authority",
            key.display(),
            certificate.display()
        );
        return Err(refuse(fault, remedy).into());
    }
    DevelopmentCa::from_pem(&certificate_pem, &key_pem).map(Some).map_err(|fault| {
        let remedy =
            format!("Remove {} and {}: the next start makes a new one", key.display(), certificate.display());
        refuse(fault.to_string(), remedy).into()
    })
}

fn server_config(identity: &ServerIdentity) -> anyhow::Result<RustlsConfig> {
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes()).collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn an_authority_is_made_once_and_its_key_is_private() {
        let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, file) = authority(Some(home.path()), data.path(), NOW).unwrap();
        assert_eq!(file, home.path().join(".doorward/ca.pem"));
        let (second, _) = authority(Some(home.path()), data.path(), NOW + 9).unwrap();
        assert_eq!(first.certificate_pem(), second.certificate_pem());
        let mode = std::fs::metadata(home.path().join(".doorward/ca-key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn without_a_home_the_data_directory_keeps_it() {
        let data = tempfile::tempdir().unwrap();
        let (_, file) = authority(None, data.path(), NOW).unwrap();
        assert_eq!(file, data.path().join("ca.pem"));
        let (_, file) = authority(Some(Path::new("/proc/nowhere")), data.path(), NOW).unwrap();
        assert_eq!(file, data.path().join("ca.pem"));
    }

    #[test]
    fn many_demos_at_once_make_one_authority() {
        let home = tempfile::tempdir().unwrap();
        let make = || authority(Some(home.path()), home.path(), NOW).unwrap().0.certificate_pem().to_owned();
        let made: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(made.iter().all(|pem| *pem == made[0]));
    }

    #[test]
    fn a_key_that_others_can_read_or_that_does_not_fit_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join(".doorward/ca-key.pem");
        authority(Some(home.path()), home.path(), NOW).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refusal = authority(Some(home.path()), home.path(), NOW).unwrap_err().to_string();
        assert!(refusal.contains("others may read") && refusal.contains("Remove"), "{refusal}");
        wiring::write_private(&key, DevelopmentCa::create(NOW).unwrap().key_pem().as_bytes()).unwrap();
        let refusal = authority(Some(home.path()), home.path(), NOW).unwrap_err().to_string();
        assert!(refusal.contains("do not belong together"), "{refusal}");
    }

    #[test]
    fn the_server_speaks_http2_and_http1() {
        let data = tempfile::tempdir().unwrap();
        let (ca, _) = authority(None, data.path(), NOW).unwrap();
        let config = server_config(&ca.issue_localhost(NOW).unwrap()).unwrap();
        assert_eq!(config.get_inner().alpn_protocols.len(), 2);
    }
}
