//! Rate limits by network address, in this node's memory. The account lockout is the store's (a guess budget).

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Sign-in and sign-up attempts per address and minute, and the burst.
const ATTEMPTS_PER_MINUTE: u32 = 60;

/// The limits of a node.
pub(crate) struct Limits {
    attempts: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Limits {
    /// `enforced` is off in the development profile, where every request comes from one machine.
    pub(crate) fn new(enforced: Enforced) -> Self {
        let quota =
            Quota::per_minute(NonZeroU32::new(ATTEMPTS_PER_MINUTE).expect("the constant is not zero"));
        let attempts = match enforced {
            Enforced::Yes => Some(RateLimiter::keyed(quota)),
            Enforced::No => None,
        };
        Self { attempts }
    }

    /// Whether another attempt from that address is heard. An IPv6 address counts by its /64.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        self.attempts.as_ref().is_none_or(|limiter| limiter.check_key(&network(address)).is_ok())
    }

    /// Forgets addresses that have been quiet.
    pub(crate) fn forget_quiet(&self) {
        if let Some(limiter) = &self.attempts {
            limiter.retain_recent();
        }
    }
}

/// Whether limits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforced {
    /// Development.
    No,
    /// Production.
    Yes,
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            if let Some(v4) = v6.to_ipv4_mapped() {
                IpAddr::V4(v4)
            } else {
                let bits = u128::from(v6) & !u128::from(u64::MAX);
                IpAddr::V6(bits.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_heard_so_often_and_its_network_shares_the_budget() {
        let limits = Limits::new(Enforced::Yes);
        let of = |last: u16| IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
        let admitted = (0..200).filter(|n| limits.admits(of(*n))).count();
        assert!((60..70).contains(&admitted), "{admitted}");
        assert!(limits.admits("192.0.2.1".parse().unwrap()));
        assert!((0..1000).all(|_| Limits::new(Enforced::No).admits(of(1))));
    }
}
