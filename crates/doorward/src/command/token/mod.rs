//! `doorward token explain TOKEN`: what a text is that somebody holds for a token, and why an API refuses it.
//!
//! Owns the command: reading the token, printing the verdict, exit codes. Everything happens in this process, with the same
//! rules as in the guard ([`judge`]); the token is sent nowhere and printed nowhere. Where the API's registration and the
//! keys come from is in [`bench`].

mod bench;
mod judge;
mod told;

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use doorward_server::{Clock as _, SystemClock};
use doorward_token::recognise::MAX_TEXT_BYTES;

use self::judge::{Asked, Explanation};
use super::ending::Ending;
use super::output::{Output, object, print};
use crate::cli::Global;

/// Tokens.
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    verb: TokenVerb,
}

#[derive(Subcommand, Debug)]
enum TokenVerb {
    /// Say what a token is, check it as the API's guard does, and name the first cause and what to do
    Explain(ExplainArgs),
}

#[derive(Args)]
struct ExplainArgs {
    /// The token; - reads it from standard input, where no history keeps it
    token: String,
    /// The API that should accept it: short name, identifier URI or id
    #[arg(long = "for", value_name = "API")]
    api: Option<String>,
    /// The call that was refused, such as "DELETE /notes/{id}" or "GET /notes/7"
    #[arg(long, value_name = "METHOD PATH")]
    route: Option<String>,
    /// The API's OpenAPI document, which says what the route needs; the demo's notes API is known without it
    #[arg(long, value_name = "FILE")]
    openapi: Option<PathBuf>,
    /// The API's registration in a file, as the server publishes it at /feed/TENANT/apis/API; then no server is asked
    #[arg(long, value_name = "FILE", requires = "jwks")]
    registration: Option<PathBuf>,
    /// The issuer's key set in a file
    #[arg(long, value_name = "FILE", requires = "registration")]
    jwks: Option<PathBuf>,
    /// The tenant, where several have the API
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
}

impl std::fmt::Debug for ExplainArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExplainArgs").field("token", &"***").field("api", &self.api).finish_non_exhaustive()
    }
}

/// Explains, prints, and gives the exit code: 0 nothing is wrong, 1 something is, 2 wrong usage, 3 no registration to be had.
pub(super) async fn run(args: TokenArgs, global: &Global, output: Output) -> ExitCode {
    let TokenVerb::Explain(args) = args.verb;
    match explain(args, global, output).await {
        Ok(explanation) => {
            if output.is_json() {
                object(&explanation.json());
            } else {
                print(&told::sheet(&explanation));
            }
            if explanation.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(ending) => ending.print(output),
    }
}

async fn explain(args: ExplainArgs, global: &Global, output: Output) -> Result<Explanation, Ending> {
    let asked = args.route.as_deref().map(Asked::parse).transpose()?;
    let text = if args.token == "-" { from_standard_input()? } else { args.token.clone() };
    let bench = bench::open(&args, global, output).await?;
    if asked.is_some() && bench.as_ref().is_none_or(|bench| bench.policy.is_none()) {
        return Err(Ending::usage(
            "what a route needs is said by the API's document, and none is named",
            "Add --for API --openapi FILE, or leave --route out",
        ));
    }
    Ok(judge::judge(&text, bench.as_ref(), asked.as_ref(), SystemClock.now().seconds()))
}

/// Reads the text as bytes: what is not UTF-8 is explained as well.
fn from_standard_input() -> Result<String, Ending> {
    let mut bytes = Vec::new();
    let most = MAX_TEXT_BYTES as u64 + 1;
    std::io::stdin().take(most).read_to_end(&mut bytes).map_err(|fault| {
        Ending::usage(format!("standard input cannot be read: {fault}"), "Pipe the token in, or name it")
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
