//! `doorward completions SHELL`: what a shell needs to complete the command line, written from the same definition that
//! reads it.

use std::io::Write as _;

use clap::{Args, Command};
use clap_complete::Shell;

/// Options of `completions`.
#[derive(Args, Debug)]
#[command(after_help = "bash: doorward completions bash > /etc/bash_completion.d/doorward\n\
                        zsh:  doorward completions zsh > \"${fpath[1]}/_doorward\"\n\
                        fish: doorward completions fish > ~/.config/fish/completions/doorward.fish\n\
                        pwsh: doorward completions powershell | Out-String | Invoke-Expression")]
pub(crate) struct CompletionsArgs {
    /// The shell: bash, zsh, fish, powershell or elvish
    shell: Shell,
}

/// Writes the script to standard output. A reader that went away is no error.
pub(crate) fn run(args: &CompletionsArgs, mut command: Command) -> std::io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "doorward", &mut script);
    match std::io::stdout().write_all(&script) {
        Err(fault) if fault.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn every_shell_gets_every_noun() {
        for shell in [super::Shell::Bash, super::Shell::Zsh, super::Shell::Fish, super::Shell::PowerShell] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut crate::Cli::command(), "doorward", &mut script);
            let script = String::from_utf8(script).unwrap();
            for verb in ["demo", "serve", "tenant", "user", "app", "api", "grant", "flow", "keys", "explain"]
            {
                assert!(script.contains(verb), "{shell}: {verb}");
            }
        }
    }
}
