//! `doorward login` and `doorward logout`: a person signs in with the browser, and the command line gets their token.
//!
//! An ordinary code flow of a native application (RFC 8252): PKCE, `state`, the issuer in the answer (RFC 9207), and a
//! redirect to a listener on loopback that lives for this one answer. Where the browser is on another machine, the
//! address it ends at is pasted here. Owns the flow; the tokens are kept by [`super::network`].

mod landing;

use std::io::IsTerminal as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;
use doorward_core::directory::{ADMIN_AUDIENCE, ADMIN_SCOPE, CLI_CLIENT_ID};
use doorward_crypto::digest::sha256_base64url;
use doorward_crypto::random_token;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::ending::Ending;
use super::network::{Address, Credentials, Kept, Tokens, client, json as read_json, now, told};
use super::output::{Output, facts, object, print};
use super::password::PasswordArgs;
use crate::cli::Global;
use landing::Landing;

/// How long the person may take in the browser.
const PATIENCE: Duration = Duration::from_mins(10);

/// Signing in at a server.
#[derive(Args, Debug)]
pub(crate) struct LoginArgs {
    /// The tenant in which your account is
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Only print the address to open, and open no browser
    #[arg(long)]
    no_browser: bool,
    /// Make the first administrator with the code that the server printed, instead of signing in
    #[arg(long, value_name = "CODE", requires = "name")]
    bootstrap: Option<String>,
    /// With --bootstrap: user name or e-mail address of the account to be made
    #[arg(long, value_name = "NAME", requires = "bootstrap")]
    name: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
}

/// What discovery tells (OpenID Connect Discovery §3).
#[derive(Deserialize)]
struct Authority {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
}

/// Signs in, or makes the first administrator.
pub(super) async fn login(args: LoginArgs, global: &Global, output: Output) -> Result<(), Ending> {
    let address = server(global)?;
    let tenant = args.tenant.clone().ok_or_else(|| {
        Ending::usage("it is not said in which tenant your account is", "Name it: --tenant TENANT")
    })?;
    if let (Some(code), Some(name)) = (&args.bootstrap, &args.name) {
        return bootstrap(&address, (&tenant, name, code), &args.password, output).await;
    }
    let client = client(&address)?;
    let authority = discover(&client, &address, &tenant).await?;
    let landing = Landing::open().await?;
    let (verifier, state) = (random_token(32), random_token(16));
    let url = request(&authority, &landing, (&verifier, &state))?;
    invite(&url, args.no_browser, output);
    let answer = tokio::time::timeout(PATIENCE, landing.answer(&state, &authority.issuer)).await;
    let code = answer.map_err(|_| {
        Ending::finding("nobody signed in within ten minutes", "Repeat the command when you are ready")
    })??;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", landing.redirect_uri()),
        ("client_id", CLI_CLIENT_ID),
        ("code_verifier", verifier.as_str()),
    ];
    let response = client.post(&authority.token_endpoint).form(&form).send().await;
    let response = response.map_err(|fault| lost(&address, &told(fault)))?;
    let (status, body) = read_json(response).await.map_err(|why| lost(&address, &why))?;
    if !status.is_success() {
        return Err(refused(&body));
    }
    let tokens: Tokens = serde_json::from_value(body)
        .map_err(|_| lost(&address, "the token endpoint answered something else than tokens"))?;
    let mut kept = Kept {
        tenant,
        token_endpoint: authority.token_endpoint,
        revocation_endpoint: authority.revocation_endpoint,
        access_token: String::new(),
        ends_at: 0,
        refresh_token: None,
    };
    kept.take(tokens, now());
    Credentials::of_this_user()?.put(address.as_str(), &kept)?;
    greet(&client, &address, &kept, output).await
}

/// Signs out: gives the refresh token back, with which everything ends that came from it, and forgets it here.
pub(super) async fn logout(global: &Global, output: Output) -> Result<(), Ending> {
    let address = server(global)?;
    let Some(kept) = Credentials::of_this_user()?.forget(address.as_str())? else {
        let told = json!({ "server": address.as_str(), "signed_out": false });
        if output.is_json() {
            object(&told);
        } else {
            print(&facts(&[("same", format!("nobody was signed in at {}", address.as_str()))]));
        }
        return Ok(());
    };
    let token = kept.refresh_token.as_deref().unwrap_or(&kept.access_token);
    let mut is_ended = false;
    if let Some(endpoint) = &kept.revocation_endpoint {
        let form = [("token", token), ("client_id", CLI_CLIENT_ID)];
        is_ended = client(&address)?
            .post(endpoint)
            .form(&form)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success());
    }
    if output.is_json() {
        object(&json!({ "server": address.as_str(), "signed_out": true, "ended_at_server": is_ended }));
    } else {
        print(&facts(&[("signed out", address.as_str().to_owned())]));
        if !is_ended {
            output.note("the server could not be told: its tokens end within ten minutes, the sign-in within twelve hours");
        }
    }
    Ok(())
}

fn server(global: &Global) -> Result<Address, Ending> {
    let text = global
        .server
        .as_deref()
        .ok_or_else(|| Ending::usage("it is not said at which server", "Name it: --server https://host"))?;
    Address::parse(text)
}

async fn discover(client: &reqwest::Client, address: &Address, tenant: &str) -> Result<Authority, Ending> {
    let segment: String = url::form_urlencoded::byte_serialize(tenant.as_bytes()).collect();
    let expected = format!("{}/{segment}", address.as_str());
    let response = client.get(format!("{expected}/.well-known/openid-configuration")).send().await;
    let response = response.map_err(|fault| lost(address, &told(fault)))?;
    let (status, body) = read_json(response).await.map_err(|why| lost(address, &why))?;
    if !status.is_success() {
        return Err(refused(&body));
    }
    let authority: Authority = serde_json::from_value(body)
        .map_err(|_| lost(address, "its metadata is not that of an identity provider"))?;
    let is_own = |endpoint: &str| endpoint.starts_with(&format!("{}/", address.as_str()));
    // Another issuer could be the one that another server trusts: its tokens are not for this one to ask for.
    if !is_own(&authority.issuer)
        || !is_own(&authority.token_endpoint)
        || !is_own(&authority.authorization_endpoint)
    {
        return Err(Ending::finding(
            format!("{} calls itself {}", address.as_str(), authority.issuer),
            format!("Use the address it calls itself by, or correct its public_url: {expected}"),
        ));
    }
    Ok(authority)
}

fn request(authority: &Authority, landing: &Landing, (verifier, state): (&str, &str)) -> Result<Url, Ending> {
    let scope = format!("openid offline_access {ADMIN_AUDIENCE}/{ADMIN_SCOPE}");
    Url::parse_with_params(
        &authority.authorization_endpoint,
        [
            ("client_id", CLI_CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", landing.redirect_uri()),
            ("scope", &scope),
            ("state", state),
            ("code_challenge", &sha256_base64url(verifier.as_bytes())),
            ("code_challenge_method", "S256"),
        ],
    )
    .map_err(|fault| {
        Ending::finding(
            format!("the authorization endpoint is no address: {fault}"),
            "Look at the server's public_url",
        )
    })
}

/// Opens the browser where there is one, and prints the address in any case.
fn invite(url: &Url, no_browser: bool, output: Output) {
    let is_open = !no_browser && open_browser(url);
    let what = if is_open { "A browser opens. If it does not, open" } else { "Open" };
    eprintln!("{what} this address and sign in:\n\n  {url}\n");
    if std::io::stdin().is_terminal() {
        eprintln!(
            "Is the browser on another machine? It ends at an address that begins with http://127.0.0.1:"
        );
        eprintln!("copy that address from its address bar and paste it here.");
    }
    if output.is_json() {
        object(&json!({ "open": url.as_str() }));
    }
}

fn open_browser(url: &Url) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let has_display = cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    has_display
        && Command::new(program)
            .arg(url.as_str())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .is_ok()
}

/// Says who signed in, and what that lets them do.
async fn greet(
    client: &reqwest::Client,
    address: &Address,
    kept: &Kept,
    output: Output,
) -> Result<(), Ending> {
    let response = client
        .get(format!("{}/admin/v1/whoami", address.as_str()))
        .bearer_auth(&kept.access_token)
        .send()
        .await;
    let response = response.map_err(|fault| lost(address, &told(fault)))?;
    let (status, body) = read_json(response).await.map_err(|why| lost(address, &why))?;
    if !status.is_success() {
        return Err(Ending::Refused(body));
    }
    if output.is_json() {
        object(
            &json!({ "server": address.as_str(), "tenant": kept.tenant, "user": body["user"], "roles": body["roles"] }),
        );
        return Ok(());
    }
    let words: Vec<&str> =
        body["role_words"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    print(&facts(&[
        ("signed in", format!("{} at {}", body["user"].as_str().unwrap_or("somebody"), address.as_str())),
        ("roles", words.join(", ")),
        ("next", format!("doorward app list --server {}", address.as_str())),
    ]));
    Ok(())
}

async fn bootstrap(
    address: &Address,
    (tenant, name, code): (&str, &str, &str),
    password: &PasswordArgs,
    output: Output,
) -> Result<(), Ending> {
    let chosen = password.demand()?;
    let body = json!({ "code": code, "tenant": tenant, "name": name, "password": chosen.password });
    let response =
        client(address)?.post(format!("{}/admin/v1/bootstrap", address.as_str())).json(&body).send().await;
    let response = response.map_err(|fault| lost(address, &told(fault)))?;
    let (status, answer) = read_json(response).await.map_err(|why| lost(address, &why))?;
    if !status.is_success() {
        return Err(Ending::Refused(answer));
    }
    let next = format!("doorward login --server {} --tenant {tenant}", address.as_str());
    if output.is_json() {
        let shown = chosen.is_generated.then_some(&chosen.password);
        object(
            &json!({ "tenant": tenant, "user": answer["username"], "roles": answer["roles"], "password": shown, "next": next }),
        );
        return Ok(());
    }
    let shown =
        if chosen.is_generated { format!("{}   shown this once", chosen.password) } else { String::new() };
    print(&facts(&[("owner", format!("{name} of {tenant}")), ("password", shown), ("next", next)]));
    Ok(())
}

/// A refusal of an OAuth endpoint (RFC 6749 §5.2) as a problem.
fn refused(body: &Value) -> Ending {
    if body["code"].is_string() {
        return Ending::Refused(body.clone());
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let detail = match text(&body["error_description"]) {
        none if none.is_empty() => text(&body["error"]),
        detail => detail,
    };
    let remedy = text(&body["doorward"]["remedy"]);
    let remedy = if remedy.is_empty() {
        "Look at the name of the tenant, and repeat the command".to_owned()
    } else {
        remedy
    };
    Ending::coded(body["doorward"]["code"].as_str().unwrap_or("DW1074"), detail, remedy)
}

fn lost(address: &Address, why: &str) -> Ending {
    Ending::unreachable(
        format!("{} does not answer as it should: {why}", address.as_str()),
        "Look whether the server runs and whether its certificate is trusted here (SSL_CERT_FILE names further authorities)",
    )
}
