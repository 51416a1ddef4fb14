//! Keys on the terminal where a demo runs: which there are, what is typed after `b`, and the terminal as it was afterwards.
//!
//! Owns the keyboard alone; what a key does is [`super::run`]'s business. The terminal is switched by `stty`, so that a key
//! counts without Enter; where that is not there, keys count with Enter.

use std::io::{IsTerminal as _, Read as _};
use std::process::{Command, Stdio};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::trial::{BREAKS, Break, named};

/// What a person wants.
#[derive(Clone, Copy)]
pub(super) enum Wish {
    /// See what can be broken.
    Menu,
    /// Break it.
    Break(&'static Break),
    /// The server's page in a browser.
    OpenServer,
    /// The web app in a browser.
    OpenApps,
    /// The mailbox in a browser.
    OpenMailbox,
    /// To be asked before everything is forgotten.
    AskReset,
    /// Begin anew.
    Reset,
    /// The end.
    Quit,
    /// A word that names no break.
    Unknown,
    /// What was typed so far, to be shown.
    Echo(char),
    /// Nothing.
    Nothing,
}

/// The line under the ready page: only keys behind which there is something.
pub(super) fn help(has_mailbox: bool) -> String {
    let mailbox = if has_mailbox { " · m mailbox" } else { "" };
    format!("  keys: o open server · a open web app{mailbox} · b break something · r reset · q quit")
}

/// The keyboard of a terminal. Puts the terminal back when it is dropped.
pub(super) struct Keys {
    saved: Option<String>,
    heard: UnboundedReceiver<char>,
    typed: Typed,
}

/// What was typed so far.
#[derive(Default)]
struct Typed {
    /// The word behind `b`, while it is being typed.
    word: Option<String>,
    may_reset: bool,
}

impl Keys {
    /// Listens, if a person sits in front.
    pub(super) fn listen() -> Option<Self> {
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return None;
        }
        let saved = stty(&["-g"]).filter(|_| stty(&["-icanon", "-echo", "min", "1"]).is_some());
        let (sender, heard) = unbounded_channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while std::io::stdin().read(&mut byte).is_ok_and(|read| read == 1) {
                if sender.send(char::from(byte[0])).is_err() {
                    break;
                }
            }
        });
        Some(Self { saved, heard, typed: Typed::default() })
    }

    /// The next wish. Never comes where nobody can type any more.
    pub(super) async fn wish(&mut self) -> Wish {
        match self.heard.recv().await {
            Some(key) => self.typed.press(key),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(saved) = &self.saved {
            stty(&[saved]);
        }
    }
}

impl Typed {
    fn press(&mut self, key: char) -> Wish {
        let may_reset = std::mem::take(&mut self.may_reset);
        if let Some(word) = &mut self.word {
            return match key {
                '\n' | '\r' => {
                    let word = self.word.take().unwrap_or_default();
                    if word.is_empty() { Wish::Nothing } else { chosen(&word) }
                }
                '\u{8}' | '\u{7f}' => {
                    word.pop();
                    Wish::Echo('\u{8}')
                }
                key if key.is_ascii_alphanumeric() || key == '-' => {
                    word.push(key);
                    Wish::Echo(key)
                }
                _ => Wish::Nothing,
            };
        }
        match key {
            'b' => {
                self.word = Some(String::new());
                Wish::Menu
            }
            'o' => Wish::OpenServer,
            'a' => Wish::OpenApps,
            'm' => Wish::OpenMailbox,
            'r' if may_reset => Wish::Reset,
            'r' => {
                self.may_reset = true;
                Wish::AskReset
            }
            'q' | '\u{4}' => Wish::Quit,
            _ => Wish::Nothing,
        }
    }
}

/// A break by its number or its name.
fn chosen(word: &str) -> Wish {
    let by_number = word.parse::<usize>().ok().and_then(|number| BREAKS.get(number.checked_sub(1)?));
    by_number.or_else(|| named(word)).map_or(Wish::Unknown, Wish::Break)
}

/// Asks the terminal's own program; what it printed.
fn stty(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("stty");
    let output = command.args(arguments).stdin(Stdio::inherit()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Opens an address in the person's browser, if there is a program that does it.
pub(super) fn open_in_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    let _ = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &str) -> Wish {
        let mut typed = Typed::default();
        keys.chars().map(|key| typed.press(key)).last().unwrap()
    }

    #[test]
    fn a_break_is_chosen_by_number_or_name() {
        assert!(matches!(press("b"), Wish::Menu));
        assert!(matches!(press("b1\n"), Wish::Break(one) if one.name == BREAKS[0].name));
        assert!(matches!(press("bid-token\r"), Wish::Break(one) if one.name == "id-token"));
        assert!(matches!(press("bscopex\u{7f}\n"), Wish::Break(one) if one.name == "scope"));
        assert!(matches!(press("b0\n"), Wish::Unknown) && matches!(press("b999\n"), Wish::Unknown));
        assert!(matches!(press("b\n"), Wish::Nothing) && matches!(press("b\nq"), Wish::Quit));
    }

    #[test]
    fn everything_is_forgotten_only_after_a_second_press() {
        assert!(matches!(press("r"), Wish::AskReset) && matches!(press("rr"), Wish::Reset));
        assert!(matches!(press("rxr"), Wish::AskReset));
        assert!(matches!(press("q"), Wish::Quit) && matches!(press("z"), Wish::Nothing));
    }
}
