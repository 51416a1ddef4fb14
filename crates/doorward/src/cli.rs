//! What can be typed: the nouns and verbs of administration, and the options that all of them share.
//!
//! Owns the shape of the command line only; what a verb does is in [`crate::command`]. The verbs of the process itself,
//! `demo` and `serve`, bring their own options.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::command::{
    api, app, apply, audit, backup, doctor, explain, flow, grant, keys, login, logs, mail, migrate, tenant,
    token, user,
};

/// Where the server to be administered is, and how answers are printed.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Global {
    /// Data directory of the server [default: ./doorward-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file of the server
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Administer the server at this address, as the person who signed in there (doorward login)
    #[arg(long, global = true, value_name = "URL", conflicts_with_all = ["data", "config"])]
    pub(crate) server: Option<String>,
    /// Print JSON, one object
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The nouns of administration.
#[derive(Subcommand, Debug)]
pub(crate) enum AdminVerb {
    /// Tenants: isolated directories, each with its issuer and keys
    Tenant(tenant::TenantArgs),
    /// Users: accounts, names, passwords, roles, locks
    User(Box<user::UserArgs>),
    /// Applications: redirect URIs, secrets, permissions asked for
    App(Box<app::AppArgs>),
    /// Make the directory what a file says; the difference is shown first
    Apply(apply::ApplyArgs),
    /// APIs: scopes, app roles, shape of their tokens; import from OpenAPI
    Api(Box<api::ApiArgs>),
    /// The audit log: who changed what
    Audit(audit::AuditArgs),
    /// Sign in at a server (--server URL) with the browser, as an administrator
    Login(Box<login::LoginArgs>),
    /// Sign out there
    Logout,
    /// Permissions granted: delegated ones and app roles
    Grant(grant::GrantArgs),
    /// User flows: named ways to sign in and sign up
    Flow(flow::FlowArgs),
    /// Signing keys: list and rotate
    Keys(keys::KeysArgs),
    /// Mail: how it stands, the outbox, a test
    Mail(mail::MailArgs),
    /// Copy the store into one checked file, while the server runs
    Backup(backup::BackupArgs),
    /// Put a backup in place of a store, or only check it
    Restore(backup::RestoreArgs),
    /// The store's schema: what is applied, what is to come
    Migrate(migrate::MigrateArgs),
    /// Look for what is wrong, or soon will be
    Doctor(doctor::DoctorArgs),
    /// The request log: what applications and people asked for, and why it was refused
    Logs(logs::LogsArgs),
    /// Explain an error code (offline) or the trace of a request
    Explain(explain::ExplainArgs),
    /// Tokens: what a token is, and why an API refuses it; offline
    Token(token::TokenArgs),
}
