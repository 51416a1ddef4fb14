//! Command lines against a development store that no server holds.

use std::path::Path as FilePath;

use clap::Parser;
use doorward_server::Settings;
use tempfile::TempDir;

use super::*;
use crate::wiring::{self, MasterKeySource, Profile};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: AdminVerb,
}

/// An empty store of a demo.
async fn store() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings {
        base_url: "https://localhost:7443".to_owned(),
        development: true,
        trust_forwarded_for: false,
        landing: None,
    };
    let opened = wiring::open(data.path(), Profile::Development, MasterKeySource::MadeInData, settings).await;
    drop(opened.unwrap());
    data
}

/// Runs one line; the ending, if it does not end well.
async fn run(data: &FilePath, line: &str) -> Result<(), Ending> {
    let data = data.to_str().unwrap();
    let words = ["doorward", "--data", data].into_iter().chain(line.split_whitespace());
    let line = Line::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
    perform(&line.global, line.verb, Output::new(true)).await
}

async fn refused(data: &FilePath, line: &str) -> String {
    match run(data, line).await {
        Err(Ending::Refused(problem)) => problem["detail"].as_str().unwrap_or_default().to_owned(),
        other => panic!("{line}: {other:?}"),
    }
}

async fn misused(data: &FilePath, line: &str) -> String {
    match run(data, line).await {
        Err(Ending::Usage { fault, .. }) => fault,
        other => panic!("{line}: {other:?}"),
    }
}

#[tokio::test]
async fn a_directory_is_furnished_and_cleared_by_commands() {
    let data = store().await;
    let data = data.path();
    assert!(refused(data, "app list").await.contains("no tenant yet"));
    for line in [
        "tenant create meadow --domain meadow.test",
        "user add ada --administrator --generate-password",
        "user add ben.fern --email ben@meadow.test",
        "user name add ben.fern benjamin",
        "api add notes --scope notes.read --role Notes.Read.All --profile ms-v2",
        "api scope add notes notes.share --title Share --admin-only",
        "app add web-shop --kind web --redirect https://shop.test/cb --require notes:notes.read",
        "app redirect add web-shop http://localhost:3000/cb --platform web",
        "app secret add web-shop --name ci --days 7",
        "app secret rm web-shop ci --revoke-grants",
        "grant add web-shop notes:notes.read --user ben",
        "grant add web-shop notes:notes.share --all",
        "grant app-role add notes:Notes.Read.All --app web-shop",
        "grant list --app web-shop",
        "grant app-role list --app web-shop",
        "app permissions web-shop",
        "flow put welcome --kind sign-up-or-sign-in --claim emails --alias join",
        "flow show JOIN",
        "keys rotate --algorithm ES256",
        "keys list",
        "user disable ben.fern",
        "user enable ben.fern",
        "user unlock ben.fern",
        "grant rm web-shop notes:notes.read --user ben",
        "app rm web-shop",
        "tenant rm meadow --yes",
    ] {
        run(data, line).await.unwrap_or_else(|ending| panic!("{line}: {ending:?}"));
    }
}

#[tokio::test]
async fn the_tenant_is_the_one_that_has_the_thing() {
    let data = store().await;
    let data = data.path();
    for line in [
        "tenant create meadow",
        "tenant create orchard",
        "app add web-shop --kind web --tenant meadow",
        "user add ben --tenant meadow",
        "user add ben --tenant orchard",
        "app show web-shop",
        "app list",
    ] {
        run(data, line).await.unwrap_or_else(|ending| panic!("{line}: {ending:?}"));
    }
    assert!(misused(data, "user show ben").await.contains("meadow, orchard"));
    assert!(misused(data, "app add other --kind web").await.contains("several tenants"));
    assert!(misused(data, "tenant rm meadow").await.contains("for good"));
    assert!(refused(data, "app show web-shpo").await.ends_with("did you mean web-shop?"));
}

#[tokio::test]
async fn what_cannot_be_reached_and_what_cannot_be_meant_are_told_apart() {
    let data = store().await;
    let empty = data.path().join("nothing");
    assert!(matches!(run(&empty, "app list").await, Err(Ending::Unreachable { .. })));
    assert!(!empty.exists());
    assert!(run(&empty, "explain DW1101").await.is_ok());
    run(data.path(), "tenant create meadow").await.unwrap();
    let refusal = refused(data.path(), "explain 0123456789abcdef0123456789abcdef").await;
    assert!(refusal.contains("there is no trace"), "{refusal}");
    assert!(Line::try_parse_from(["doorward", "grant", "add", "web-shop", "notes:notes.read"]).is_err());
    assert!(Line::try_parse_from(["doorward", "app", "add", "x", "--kind", "car"]).is_err());
}
