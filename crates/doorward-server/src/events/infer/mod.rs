//! Probable causes: what a pattern of requests says that no single request can (EXPERIENCE 1.3).
//!
//! Owns the table of signals, each a pure rule over one record and its neighbours of the last ten minutes. A signal is a
//! guess and is called one: it stands beside the cause that a check proved, never in its place. Does not own the window:
//! `causes` collects it.

mod browser;
mod client;
mod window;

use serde::Serialize;

use super::record::Record;
pub(super) use window::{REACH_MS, Window};

/// A guess, with the codes whose pages explain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Probable {
    /// Stable name.
    pub(crate) signal: &'static str,
    /// One sentence.
    pub(crate) cause: &'static str,
    /// The likeliest first.
    pub(crate) codes: &'static [&'static str],
}

/// One row: when it holds, and what it then says.
struct Signal {
    probable: Probable,
    holds: fn(&Record, &Window<'_>) -> bool,
}

/// All signals. Several may hold at once.
const SIGNALS: &[Signal] = &[
    Signal {
        probable: Probable {
            signal: "code_never_redeemed",
            cause: "the app got this code and never redeemed it: its callback did not run, lost the fragment, or refused the state",
            codes: &["DW1401", "DW1402", "DW1403"],
        },
        holds: browser::code_never_redeemed,
    },
    Signal {
        probable: Probable {
            signal: "code_redeemed_twice",
            cause: "the same client redeemed one code twice within two seconds: a callback that runs twice, or a retry",
            codes: &["DW2004"],
        },
        holds: client::code_redeemed_twice,
    },
    Signal {
        probable: Probable {
            signal: "session_not_kept",
            cause: "the app signs in again and again and redeems every code: it cannot keep its own session",
            codes: &["DW1409", "DW4203"],
        },
        holds: browser::session_not_kept,
    },
    Signal {
        probable: Probable {
            signal: "callback_loop",
            cause: "the app asks for code after code and redeems none: its callback starts the sign-in again",
            codes: &["DW1409", "DW1401"],
        },
        holds: browser::callback_loop,
    },
    Signal {
        probable: Probable {
            signal: "third_party_cookies",
            cause: "the hidden frame came without our cookie, while the same browser is signed in here: third-party cookies are blocked",
            codes: &["DW2103", "DW2101"],
        },
        holds: browser::third_party_cookies,
    },
    Signal {
        probable: Probable {
            signal: "parallel_sign_ins",
            cause: "several sign-ins of this app are open in this browser: parallel tabs, or a sign-in that is started twice",
            codes: &["DW1410", "DW1407", "DW1201"],
        },
        holds: browser::parallel_sign_ins,
    },
    Signal {
        probable: Probable {
            signal: "tabs_racing",
            cause: "one refresh token was used twice within five seconds: two tabs or workers race",
            codes: &["DW2104"],
        },
        holds: client::tabs_racing,
    },
    Signal {
        probable: Probable {
            signal: "local_logout",
            cause: "the app had just revoked its tokens, and the person was still signed in here: it signed out locally only",
            codes: &["DW4005"],
        },
        holds: browser::local_logout,
    },
    Signal {
        probable: Probable {
            signal: "other_host",
            cause: "the server was asked under another host than its public address: whoever asked will see another issuer than it expects",
            codes: &["DW1005", "DW3106"],
        },
        holds: client::other_host,
    },
    Signal {
        probable: Probable {
            signal: "origin_refused",
            cause: "a page asked whether it may call and then did not: its origin is not registered, or the answer lacked what it needs",
            codes: &["DW5201"],
        },
        holds: client::preflight_and_nothing,
    },
    Signal {
        probable: Probable {
            signal: "clock_skew",
            cause: "the caller's clock differs from ours by more than 30 seconds",
            codes: &["DW5102"],
        },
        holds: client::clock_skew,
    },
];

/// What the pattern around a record says.
pub(super) fn probable(subject: &Record, window: &Window<'_>) -> Vec<Probable> {
    SIGNALS
        .iter()
        .filter(|signal| (signal.holds)(subject, window))
        .map(|signal| signal.probable.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_names_codes_of_the_catalogue() {
        for signal in SIGNALS {
            assert!(!signal.probable.codes.is_empty());
            for code in signal.probable.codes {
                assert_ne!(doorward_dialect::slug(code), "unlisted", "{code}");
            }
            assert!(signal.probable.cause.is_ascii() && !signal.probable.cause.ends_with('.'));
        }
    }
}
