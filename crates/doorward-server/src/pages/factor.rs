//! The pages of second factors: proving one, choosing another way, and setting one up.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};

use super::{AccountCard, AppCard, Form, Frame, Href, Problem};

/// A way to prove who one is beside the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A code that is sent to the mailbox.
    Email,
    /// One of the codes that were written down.
    Recovery,
    /// The code of an authenticator app.
    Totp,
}

/// What a typed code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// The mailbox becomes a second factor.
    Enrol,
    /// The person gets in.
    Prove,
}

/// One code to type. Form id `second-factor`; inputs `code`, hidden `flow`; button `second-factor-submit`. Where a mail
/// must be sent first: form id `send-code`, button `send-code-submit`.
#[derive(Clone, Debug, Serialize)]
pub struct SecondFactorPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom the person signs in.
    pub app: Option<AppCard>,
    /// As whom.
    pub account: AccountCard,
    /// Which code.
    pub way: Way,
    /// What for.
    pub purpose: CodePurpose,
    /// The mailbox, as much of it as may be shown.
    pub mailbox: Option<String>,
    /// A code is on its way; only then can one be typed.
    pub sent: bool,
    /// Sends a code, or another one.
    pub send: Option<Form>,
    /// What to mend; empty on the first showing.
    pub problems: Vec<Problem>,
    /// "Use another way".
    pub other_way: Option<Href>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

/// The ways that are open. Form id `ways`; buttons `way` with the reference as value.
#[derive(Clone, Debug, Serialize)]
pub struct FactorWaysPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom the person signs in.
    pub app: Option<AppCard>,
    /// As whom.
    pub account: AccountCard,
    /// The best first; empty where only an administrator can help.
    pub ways: Vec<WayRow>,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

/// One of the ways.
#[derive(Clone, Debug, Serialize)]
pub struct WayRow {
    /// What comes back when it is pressed.
    pub reference: String,
    /// Its kind.
    pub way: Way,
    /// What the person calls it.
    pub name: String,
    /// The mailbox, as much of it as may be shown.
    pub mailbox: Option<String>,
}

/// Which second factor shall be set up? Form id `enrol`; buttons `kind` with `totp`, `email` or `decline`.
#[derive(Clone, Debug, Serialize)]
pub struct EnrolFactorPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom the person signs in.
    pub app: Option<AppCard>,
    /// As whom.
    pub account: AccountCard,
    /// What is on offer.
    pub ways: Vec<WayRow>,
    /// Whether "not now" is there.
    pub may_decline: bool,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

/// Setting up an authenticator app. Form id `enrol-totp`; inputs `code`, hidden `flow`; button `enrol-totp-submit`.
#[derive(Clone, Debug, Serialize)]
pub struct EnrolTotpPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom the person signs in.
    pub app: Option<AppCard>,
    /// As whom.
    pub account: AccountCard,
    /// The link below as a picture.
    pub qr: QrCode,
    /// The seed in groups of four, to be typed.
    pub secret: Shown,
    /// `otpauth://…`: opens an authenticator app on the same device.
    pub link: Shown,
    /// What to mend; empty on the first showing.
    pub problems: Vec<Problem>,
    /// Back to the choice.
    pub other_way: Option<Href>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

/// The recovery codes, shown once.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryCodesPage {
    /// The surroundings.
    pub frame: Frame,
    /// For whom the person signs in.
    pub app: Option<AppCard>,
    /// As they are written down.
    pub codes: Vec<Shown>,
    /// The codes as a file, inside of the address.
    pub download: Shown,
    /// Goes on.
    pub next: Href,
}

impl RecoveryCodesPage {
    /// The codes as a text file in a `data:` address, so that keeping them needs neither a script nor a second request.
    pub fn file_of(account: &str, codes: &[Shown]) -> Shown {
        let lines: String = codes.iter().flat_map(|code| [code.0.as_str(), "\r\n"]).collect();
        let text = format!("{account}\r\n\r\n{lines}");
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
        Shown::new(format!("data:text/plain;charset=utf-8,{encoded}"))
    }
}

/// A secret that a page shows to its owner, and nothing else prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// Takes the text as it is shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A QR code as the data of an SVG path over a square of `size` units.
#[derive(Clone, Debug, Serialize)]
pub struct QrCode {
    size: i32,
    path: Shown,
}

/// Light modules around the dark ones (ISO/IEC 18004 §6.3.8).
const QUIET: i32 = 4;

impl QrCode {
    /// The code of a text; `None` where it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Low).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
                if run > 0 {
                    let _ = write!(path, "M{} {}h{run}v1h-{run}", x + QUIET, y + QUIET);
                }
                x += i32::try_from(run).expect("a code has at most 177 modules") + 1;
            }
        }
        Some(Self { size: code.size() + 2 * QUIET, path: Shown(path) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path again as a picture of dark modules.
    fn drawn(code: &QrCode) -> Vec<Vec<bool>> {
        let side = usize::try_from(code.size).unwrap();
        let mut picture = vec![vec![false; side]; side];
        for run in code.path.0.split('M').skip(1) {
            let (place, rest) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            picture[y][x..x + length].fill(true);
        }
        picture
    }

    #[test]
    fn the_path_draws_every_module_and_a_quiet_zone() {
        let text = "otpauth://totp/Meadow:ben?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Meadow";
        let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Low).unwrap();
        let picture = drawn(&QrCode::of(text).unwrap());
        for (y, row) in picture.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let at = |place: usize| i32::try_from(place).unwrap() - QUIET;
                assert_eq!(*dark, code.get_module(at(x), at(y)), "{x} {y}");
            }
        }
        assert!(QrCode::of(&"x".repeat(5_000)).is_none());
    }

    #[test]
    fn the_file_holds_the_codes_and_nothing_prints_them() {
        let codes = vec![Shown::new("abcd-efgh-2345")];
        let file = RecoveryCodesPage::file_of("ben \"<fern>", &codes);
        assert!(file.0.contains("abcd%2Defgh%2D2345%0D%0A"), "{}", file.0);
        assert!(!file.0.contains(['"', '<', ' ']));
        assert!(!format!("{file:?} {codes:?}").contains("abcd"));
    }
}
