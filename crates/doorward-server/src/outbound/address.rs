//! Which addresses belong to the open network (RFC 6890 and its registries), and which calls may be made at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::Reach;

/// Why an address is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressFault {
    #[error("it is not an absolute https URL")]
    NotHttps,
    #[error("it carries a user name or password")]
    UserInfo,
    #[error("{0} is not an address of the open network")]
    Private(IpAddr),
}

/// Checks an address before anything is looked up. A host that is spelt as a number is judged here, because nobody is
/// asked for its address later; names are judged by what they resolve to.
pub(super) fn check(text: &str, reach: Reach) -> Result<Url, AddressFault> {
    let url = Url::parse(text).map_err(|_| AddressFault::NotHttps)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressFault::UserInfo);
    }
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => None,
        None => return Err(AddressFault::NotHttps),
    };
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        _ => ip.is_some_and(|ip| ip.is_loopback()),
    };
    match url.scheme() {
        "https" => {}
        "http" if reach == Reach::Anywhere && is_local => {}
        _ => return Err(AddressFault::NotHttps),
    }
    match ip {
        Some(ip) if !may_call(ip, reach) => Err(AddressFault::Private(ip)),
        _ => Ok(url),
    }
}

/// Whether a connection to that address may be made.
pub(super) fn may_call(ip: IpAddr, reach: Reach) -> bool {
    reach == Reach::Anywhere || is_public(ip)
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || (a == 100 && (64..128).contains(&b)) // shared by carriers (RFC 6598)
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // relays of 6to4, withdrawn
        || (a == 198 && (b == 18 || b == 19)) // benchmarks (RFC 2544)
        || a >= 240;
    !is_special
}

/// Only the unicast space that is given out (2000::/3), and of it nothing that leads back to an IPv4 address.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = embedded_v4(ip) {
        return is_public_v4(inner);
    }
    let [first, second, ..] = ip.segments();
    let is_given_out = first & 0xe000 == 0x2000;
    let is_special = match first {
        // Protocol assignments, Teredo among them; documentation.
        0x2001 => second < 0x0200 || second == 0x0db8,
        // Documentation (RFC 9637).
        0x3fff => second < 0x1000,
        _ => false,
    };
    is_given_out && !is_special
}

/// The IPv4 address inside: mapped, translated (RFC 6052) or 6to4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let low = || {
        let [.., a, b] = s;
        Ipv4Addr::from((u32::from(a) << 16) | u32::from(b))
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(low()),
        [0x2002, a, b, ..] => Some(Ipv4Addr::from((u32::from(a) << 16) | u32::from(b))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_the_own_network_are_not_called() {
        for inside in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.1.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "::7f00:1",
            "fec0::1",
            "5f00::1",
            "3fff::1",
        ] {
            let ip: IpAddr = inside.parse().unwrap();
            assert!(!may_call(ip, Reach::Internet), "{inside}");
            assert!(may_call(ip, Reach::Anywhere), "{inside}");
        }
        for outside in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
        {
            assert!(may_call(outside.parse().unwrap(), Reach::Internet), "{outside}");
        }
    }

    #[test]
    fn only_https_to_a_host_of_the_open_network() {
        for good in ["https://keys.test/jwks", "https://keys.test:8443/jwks?v=1", "https://1.1.1.1/jwks"] {
            assert!(check(good, Reach::Internet).is_ok(), "{good}");
        }
        for bad in [
            "http://keys.test/jwks",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::ffff:127.0.0.1]/",
            "https://user@keys.test/",
            "https://user:pw@keys.test/",
            "file:///etc/passwd",
            "ftp://keys.test/",
            "gopher://keys.test/",
            "keys.test/jwks",
            "https://",
            "data:application/json,{}",
            "",
            "http://localhost/jwks",
        ] {
            assert!(check(bad, Reach::Internet).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_development_machine_may_be_called_without_tls_and_no_other() {
        for good in
            ["http://localhost:9000/jwks", "http://127.0.0.1:9/", "http://[::1]/", "http://a.localhost/"]
        {
            assert!(check(good, Reach::Anywhere).is_ok(), "{good}");
        }
        for bad in ["http://keys.test/", "http://10.0.0.1/", "file:///etc/passwd"] {
            assert!(check(bad, Reach::Anywhere).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn checking_never_panics(text in ".{0,80}", bits in any::<u128>()) {
            let _ = check(&text, Reach::Internet);
            let _ = may_call(IpAddr::V6(Ipv6Addr::from(bits)), Reach::Internet);
        }
    }
}
