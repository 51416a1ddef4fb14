//! The addresses of a demo: three ports on this machine, bound before anything else happens.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::config::ConfigFault;
use crate::wiring;

/// How far the web app's port lies above the server's: 7501 beside 7443.
const WEB_APP_ABOVE: u16 = 58;
/// How far the API's port lies above the server's: 7510 beside 7443.
const API_ABOVE: u16 = 67;
/// How often a free port is tried again whose number is taken on IPv6.
const TRIES: usize = 16;

/// One port, on IPv4 and, where the machine has it, IPv6: `localhost` means either.
pub(super) struct Door {
    pub(super) port: u16,
    pub(super) listeners: Vec<TcpListener>,
}

/// The three of them.
pub(super) struct Doors {
    pub(super) server: Door,
    pub(super) web_app: Door,
    pub(super) api: Door,
}

impl Doors {
    /// Binds the server's port and those of the web app and the API, which keep their distance to it. 0 means any
    /// free port, for all three.
    pub(super) fn bind(port: u16) -> Result<Self, ConfigFault> {
        let [web_app, api] = beside(port)?;
        Ok(Self { server: Door::bind(port)?, web_app: Door::bind(web_app)?, api: Door::bind(api)? })
    }

    /// The addresses.
    pub(super) fn addresses(&self) -> Addresses {
        Addresses {
            host: format!("localhost:{}", self.server.port),
            base: format!("https://localhost:{}", self.server.port),
            web_app: format!("http://localhost:{}", self.web_app.port),
            api: format!("http://localhost:{}", self.api.port),
        }
    }
}

/// Where everything is, without slashes at the end.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// Host and port of the server, as `knownAuthorities` wants it.
    pub(super) host: String,
    /// The server's public address.
    pub(super) base: String,
    /// The web app's origin.
    pub(super) web_app: String,
    /// The API's origin.
    pub(super) api: String,
}

impl Door {
    fn bind(wanted: u16) -> Result<Self, ConfigFault> {
        for _ in 0..TRIES {
            let first = wiring::bind(SETTING, SocketAddr::from((Ipv4Addr::LOCALHOST, wanted)))?;
            let port = first.local_addr().map_or(wanted, |address| address.port());
            let second = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
            match TcpListener::bind(second) {
                Ok(listener) => {
                    drop(listener);
                    return Ok(Self { port, listeners: vec![first, wiring::bind(SETTING, second)?] });
                }
                Err(fault) if fault.kind() != std::io::ErrorKind::AddrInUse => {
                    return Ok(Self { port, listeners: vec![first] });
                }
                Err(_) if wanted != 0 => {
                    wiring::bind(SETTING, second)?;
                }
                Err(_) => {}
            }
        }
        Err(ConfigFault::new(
            SETTING,
            wanted,
            "no port is free on IPv4 and IPv6 at once",
            "Name a port with --port",
        ))
    }
}

fn beside(port: u16) -> Result<[u16; 2], ConfigFault> {
    if port == 0 {
        return Ok([0, 0]);
    }
    if let (Some(web_app), Some(api)) = (port.checked_add(WEB_APP_ABOVE), port.checked_add(API_ABOVE)) {
        return Ok([web_app, api]);
    }
    let why = format!("the web app and the API take the ports {WEB_APP_ABOVE} and {API_ABOVE} above it");
    let most = u16::MAX - API_ABOVE;
    Err(ConfigFault::new(SETTING, port, why, format!("Name a port up to {most}, or 0 for free ones")))
}

const SETTING: &str = "--port";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ports_are_those_of_the_documentation() {
        assert_eq!(beside(7443).unwrap(), [7501, 7510]);
        assert_eq!(beside(0).unwrap(), [0, 0]);
        assert!(beside(65_500).unwrap_err().to_string().contains("up to 65468"));
    }

    #[test]
    fn a_free_port_is_the_same_on_both_protocols() {
        let doors = Doors::bind(0).unwrap();
        for door in [&doors.server, &doors.web_app, &doors.api] {
            assert!(door.port != 0 && !door.listeners.is_empty());
            assert!(door.listeners.iter().all(|l| l.local_addr().unwrap().port() == door.port));
        }
    }

    #[test]
    fn a_port_in_use_is_told_with_its_setting() {
        let taken = Doors::bind(0).unwrap();
        let refusal = Door::bind(taken.server.port).err().expect("it is taken").to_string();
        assert!(refusal.contains("--port") && refusal.contains(&taken.server.port.to_string()), "{refusal}");
    }
}
