//! Passwords: from standard input, never from the command line, where other users could read them.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use clap::Args;
use doorward_crypto::random_token;

use super::ending::Ending;

/// Where a password comes from.
#[derive(Args, Debug)]
pub(crate) struct PasswordArgs {
    /// Read the password from standard input, one line
    #[arg(long, conflicts_with = "generate_password")]
    password_stdin: bool,
    /// Make a password and show it once
    #[arg(long)]
    generate_password: bool,
}

/// A password, and whether it was made here and is to be shown.
pub(super) struct Chosen {
    pub(super) password: String,
    pub(super) is_generated: bool,
}

impl PasswordArgs {
    /// The password that was asked for; `None` where none was.
    pub(super) fn choose(&self) -> Result<Option<Chosen>, Ending> {
        if self.generate_password {
            return Ok(Some(Chosen { password: random_token(15), is_generated: true }));
        }
        if self.password_stdin {
            return Ok(Some(Chosen { password: line()?, is_generated: false }));
        }
        Ok(None)
    }

    /// The same, asking for one where nothing was said.
    pub(super) fn demand(&self) -> Result<Chosen, Ending> {
        match self.choose()? {
            Some(chosen) => Ok(chosen),
            None if io::stdin().is_terminal() => prompt(),
            None => Ok(Chosen { password: line()?, is_generated: false }),
        }
    }
}

fn line() -> Result<String, Ending> {
    let mut text = String::new();
    io::stdin().lock().read_line(&mut text).map_err(|fault| unreadable(&fault))?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Ending::usage(
            "standard input holds no password",
            "Pipe it in, or use --generate-password",
        ));
    }
    Ok(password)
}

fn prompt() -> Result<Chosen, Ending> {
    let mut terminal = io::stderr().lock();
    let _ = terminal.write_all(b"New password: ").and_then(|()| terminal.flush());
    let is_silent = echo(Echo::Off);
    let password = line();
    if is_silent {
        echo(Echo::On);
        let _ = terminal.write_all(b"\n");
    }
    Ok(Chosen { password: password?, is_generated: false })
}

/// Whether the terminal shows what is typed.
#[derive(Clone, Copy)]
enum Echo {
    Off,
    On,
}

/// Switches the echo with `stty`, which every Unix has; without it the password is visible, as the person sees.
fn echo(echo: Echo) -> bool {
    let word = match echo {
        Echo::Off => "-echo",
        Echo::On => "echo",
    };
    Command::new("stty")
        .arg(word)
        .stdin(Stdio::inherit())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn unreadable(fault: &io::Error) -> Ending {
    Ending::usage(format!("standard input cannot be read: {fault}"), "Pipe one line of UTF-8 in")
}
