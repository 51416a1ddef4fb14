//! The Doorward binary: one command for the demo, one for the server, and the administration's verbs.
//!
//! Owns the process: arguments, configuration, logging, the runtime, wiring. Does not own any rule.

mod cli;
mod command;
mod completions;
mod config;
mod demo;
mod listener;
mod logging;
mod master;
mod numbers;
mod serve;
mod stopping;
mod wiring;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// A token costs some hundred small allocations; this allocator makes them cheaper than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted identity platform: signs people in, hands out tokens, and enforces declared scopes.
#[derive(Parser, Debug)]
#[command(name = "doorward", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: cli::Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Run everything on this machine: server, people, apps and an API, with one command
    Demo(demo::DemoArgs),
    /// Run the identity server in the production profile (--config FILE)
    Serve(serve::ServeArgs),
    /// Write the script by which a shell completes these commands
    Completions(completions::CompletionsArgs),
    #[command(flatten)]
    Administer(cli::AdminVerb),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Verb::Completions(args) = &cli.verb {
        return match completions::run(args, Cli::command()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                eprintln!("doorward: the script cannot be written: {fault}");
                ExitCode::from(2)
            }
        };
    }
    match &cli.verb {
        Verb::Serve(_) => {
            // A file that cannot be read is told by `serve` itself.
            let config = cli.global.config.as_deref().and_then(|file| config::Config::read(file).ok());
            let format = config.map(|config| config.observing.format).unwrap_or_default();
            logging::start(logging::SERVER, format);
        }
        _ => logging::start(logging::QUIET, config::LogFormat::Text),
    }
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::warn!("another TLS provider was installed before");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => {
            eprintln!("doorward: the runtime cannot start: {fault}");
            return ExitCode::from(2);
        }
    };
    runtime.block_on(async {
        let ended = match cli.verb {
            Verb::Administer(verb) => return command::run(&cli.global, verb).await,
            Verb::Completions(_) => Ok(()),
            Verb::Demo(mut args) => {
                args.data = cli.global.data;
                args.json = cli.global.json;
                match demo::run(args).await {
                    Ok(code) => return code,
                    Err(fault) => Err(fault),
                }
            }
            Verb::Serve(mut args) => {
                args.config = cli.global.config;
                serve::run(args).await
            }
        };
        match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                eprintln!("doorward: {fault:#}");
                ExitCode::from(2)
            }
        }
    })
}
