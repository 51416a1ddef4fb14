//! `doorward user …`

use axum::http::Method;
use clap::{Args, Subcommand};
use doorward_core::directory::UserView;
use doorward_core::journey::factor::FactorView;
use doorward_core::model::DirectoryRole;
use serde_json::{Map, Value, json};

use super::ending::Ending;
use super::output::{facts, moment, table, tick};
use super::password::PasswordArgs;
use super::path::Path;
use super::session::{Probe, Session, view};
use super::tenant::{removed, set, some};

/// Users.
#[derive(Args, Debug)]
pub(crate) struct UserArgs {
    /// The tenant, where there are several
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: UserVerb,
}

#[derive(Subcommand, Debug)]
enum UserVerb {
    /// Create an account
    Add(AddArgs),
    /// List the accounts
    List {
        /// How a name, e-mail address or display name begins
        #[arg(long)]
        search: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Show an account
    Show(Who),
    /// Change what people read
    Update {
        /// Sign-in name or id
        user: String,
        /// What people read; empty clears
        #[arg(long)]
        display_name: Option<String>,
        /// Given name; empty clears
        #[arg(long)]
        given_name: Option<String>,
        /// Family name; empty clears
        #[arg(long)]
        family_name: Option<String>,
    },
    /// Remove an account with its grants; there is no undo
    Rm(Who),
    /// Switch an account off: all it was given ends
    Disable(Who),
    /// Switch an account on again
    Enable(Who),
    /// Forget wrong guesses, so that the account can sign in at once
    Unlock(Who),
    /// End every session and grant of an account; it can sign in again at once
    SignOut(Who),
    /// What applications hold for a person
    #[command(subcommand)]
    Grant(GrantVerb),
    /// Passwords
    #[command(subcommand)]
    Password(PasswordVerb),
    /// Roles over the directory
    #[command(subcommand)]
    Role(RoleVerb),
    /// Send a link with which the owner sets a password
    Invite {
        /// Sign-in name or id
        user: String,
        /// To this address of the account; the first one if nothing is said
        #[arg(long)]
        address: Option<String>,
    },
    /// Names to sign in with
    #[command(subcommand, visible_alias = "sign-in-name")]
    Name(NameVerb),
    /// Second factors
    #[command(subcommand)]
    Factor(FactorVerb),
}

#[derive(Args, Debug)]
struct Who {
    /// Sign-in name or id
    user: String,
}

#[derive(Args, Debug)]
struct AddArgs {
    /// User name, or e-mail address
    name: String,
    /// E-mail address that may be used to sign in as well; you vouch for it
    #[arg(long = "email", value_name = "ADDRESS")]
    emails: Vec<String>,
    /// What people read
    #[arg(long, alias = "name")]
    display_name: Option<String>,
    /// Given name
    #[arg(long)]
    given_name: Option<String>,
    /// Family name
    #[arg(long)]
    family_name: Option<String>,
    /// Second, textual id, for imported accounts
    #[arg(long)]
    local_id: Option<String>,
    /// Make it an administrator
    #[arg(long)]
    administrator: bool,
    /// Send a link to the first e-mail address, with which the owner sets a password
    #[arg(long, conflicts_with_all = ["password_stdin", "generate_password"])]
    invite: bool,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Subcommand, Debug)]
enum PasswordVerb {
    /// Set a password: asked for, or read from standard input
    Set {
        /// Sign-in name or id
        user: String,
        #[command(flatten)]
        password: PasswordArgs,
    },
}

#[derive(Subcommand, Debug)]
enum FactorVerb {
    /// List the second factors of an account
    List(Who),
    /// Take all of them away, for who has lost them; the account is signed out everywhere, there is no undo
    Reset(Who),
}

#[derive(Subcommand, Debug)]
enum RoleVerb {
    /// Give a role
    Add(RoleArgs),
    /// List who holds a role
    List,
    /// Take a role away
    Rm(RoleArgs),
}

#[derive(Args, Debug)]
struct RoleArgs {
    /// Sign-in name or id
    user: String,
    /// The role: owner and installation-auditor reach every tenant, the others this one
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(DirectoryRole::ALL.map(DirectoryRole::word)))]
    role: String,
}

#[derive(Subcommand, Debug)]
enum GrantVerb {
    /// List the grants of applications
    List(Who),
    /// End a grant with all its tokens
    Rm {
        /// Sign-in name or id
        user: String,
        /// Id of the grant
        grant: String,
    },
}

#[derive(Subcommand, Debug)]
enum NameVerb {
    /// Add a name
    Add(NameArgs),
    /// Remove a name
    Rm(NameArgs),
}

#[derive(Args, Debug)]
struct NameArgs {
    /// Sign-in name or id
    user: String,
    /// User name, or e-mail address
    name: String,
}

pub(super) async fn run(args: UserArgs, session: &Session) -> Result<(), Ending> {
    let desk = Desk { tenant: args.tenant.as_ref(), session };
    match args.verb {
        UserVerb::Add(new) => add(new, &desk).await,
        UserVerb::List { search, limit } => {
            let path =
                |tenant: &str| Path::of(&["tenants", tenant, "users"]).with_some("search", search.as_ref());
            let listing = session.listing(desk.tenant, limit, path).await?;
            session.listed(&listing, list);
            Ok(())
        }
        UserVerb::Show(Who { user }) => {
            let answer = session.get(&desk.path(&user, &[]).await?).await?;
            session.shown(&answer, sheet);
            Ok(())
        }
        UserVerb::Update { user, display_name, given_name, family_name } => {
            let mut body = Map::new();
            set(&mut body, "display_name", display_name.map(Value::from));
            set(&mut body, "given_name", given_name.map(Value::from));
            set(&mut body, "family_name", family_name.map(Value::from));
            desk.change(Method::PATCH, (&user, &[]), Some(some(body)?)).await
        }
        UserVerb::Rm(Who { user }) => {
            let answer = session.send(Method::DELETE, &desk.path(&user, &[]).await?, None).await?;
            session.changed(answer, removed);
            Ok(())
        }
        UserVerb::Disable(Who { user }) => desk.change(Method::POST, (&user, &["disable"]), None).await,
        UserVerb::Enable(Who { user }) => desk.change(Method::POST, (&user, &["enable"]), None).await,
        UserVerb::Invite { user, address } => {
            let path = desk.path(&user, &["invitations"]).await?;
            let body = json!({ "address": address });
            let answer = session.send(Method::POST, &path, Some(body)).await?;
            session.changed(answer, invitation);
            Ok(())
        }
        UserVerb::Unlock(Who { user }) => desk.change(Method::POST, (&user, &["unlock"]), None).await,
        UserVerb::SignOut(Who { user }) => desk.change(Method::POST, (&user, &["sign-out"]), None).await,
        UserVerb::Grant(GrantVerb::List(Who { user })) => {
            let listing = session.page_of(&desk.path(&user, &["grants"]).await?, 1000).await?;
            session.listed(&listing, held);
            Ok(())
        }
        UserVerb::Grant(GrantVerb::Rm { user, grant }) => {
            let path = desk.path(&user, &["grants", &grant]).await?;
            session.changed(session.send(Method::DELETE, &path, None).await?, removed);
            Ok(())
        }
        UserVerb::Password(PasswordVerb::Set { user, password }) => {
            let path = desk.path(&user, &["password"]).await?;
            let chosen = password.demand()?;
            let body = json!({ "password": chosen.password });
            let mut answer = session.send(Method::PUT, &path, Some(body)).await?;
            if chosen.is_generated {
                answer["password"] = json!(chosen.password);
            }
            session.changed(answer, sheet);
            Ok(())
        }
        UserVerb::Role(RoleVerb::Add(RoleArgs { user, role })) => {
            desk.change(Method::PUT, (&user, &["roles", &role]), None).await
        }
        UserVerb::Role(RoleVerb::List) => {
            let path = |tenant: &str| Path::of(&["tenants", tenant, "users"]);
            let mut listing = session.listing(desk.tenant, 100_000, path).await?;
            listing.rows.retain(|row| row["roles"].as_array().is_some_and(|roles| !roles.is_empty()));
            session.listed(&listing, list);
            Ok(())
        }
        UserVerb::Role(RoleVerb::Rm(RoleArgs { user, role })) => {
            desk.change(Method::DELETE, (&user, &["roles", &role]), None).await
        }
        UserVerb::Factor(FactorVerb::List(Who { user })) => {
            let answer = session.get(&desk.path(&user, &[]).await?).await?;
            session.shown(&answer, factors);
            Ok(())
        }
        UserVerb::Factor(FactorVerb::Reset(Who { user })) => {
            desk.change(Method::DELETE, (&user, &["factors"]), None).await
        }
        UserVerb::Name(NameVerb::Add(NameArgs { user, name })) => {
            desk.change(Method::POST, (&user, &["names"]), Some(json!({ "name": name }))).await
        }
        UserVerb::Name(NameVerb::Rm(NameArgs { user, name })) => {
            desk.change(Method::DELETE, (&user, &["names", &name]), None).await
        }
    }
}

/// The tenant as it was said, and the conversation.
struct Desk<'a> {
    tenant: Option<&'a String>,
    session: &'a Session,
}

impl Desk<'_> {
    /// An address below an account.
    async fn path(&self, user: &str, rest: &[&str]) -> Result<Path, Ending> {
        let tenant = self.session.tenant(self.tenant, Probe::User(user)).await?;
        Ok(Path::of(&[&["tenants", tenant.as_str(), "users", user], rest].concat()))
    }

    async fn change(
        &self,
        method: Method,
        (user, rest): (&str, &[&str]),
        body: Option<Value>,
    ) -> Result<(), Ending> {
        let answer = self.session.send(method, &self.path(user, rest).await?, body).await?;
        self.session.changed(answer, sheet);
        Ok(())
    }
}

async fn add(new: AddArgs, desk: &Desk<'_>) -> Result<(), Ending> {
    let tenant = desk.session.tenant(desk.tenant, Probe::Nothing).await?;
    let chosen = new.password.choose()?;
    let roles: &[&str] = if new.administrator { &["administrator"] } else { &[] };
    let body = json!({
        "name": new.name,
        "emails": new.emails,
        "display_name": new.display_name,
        "given_name": new.given_name,
        "family_name": new.family_name,
        "local_id": new.local_id,
        "password": chosen.as_ref().map(|chosen| &chosen.password),
        "roles": roles,
    });
    let path = Path::of(&["tenants", &tenant, "users"]);
    let mut answer = desk.session.send(Method::POST, &path, Some(body)).await?;
    if let Some(chosen) = chosen.filter(|chosen| chosen.is_generated) {
        answer["password"] = json!(chosen.password);
    }
    if new.invite {
        let user = answer["id"].as_str().unwrap_or_default();
        let path = Path::of(&["tenants", &tenant, "users", user, "invitations"]);
        answer["invitation"] = desk.session.send(Method::POST, &path, Some(json!({}))).await?;
    }
    desk.session.changed(answer, |answer| {
        let mut text = sheet(answer);
        if new.invite {
            text.push_str(&invitation(&answer["invitation"]));
            return text;
        }
        if answer["has_password"] == false {
            text.push_str(&facts(&[("next", format!("doorward user password set {}", new.name))]));
        }
        text
    });
    Ok(())
}

fn invitation(answer: &Value) -> String {
    facts(&[
        ("invited", answer["address"].as_str().unwrap_or_default().to_owned()),
        ("good until", answer["good_until"].as_i64().map(moment).unwrap_or_default()),
    ])
}

fn sheet(answer: &Value) -> String {
    let Some(user) = view::<UserView>(answer) else { return format!("{answer:#}\n") };
    let names = user
        .sign_in_names
        .iter()
        .map(|name| if name.proven { name.value.clone() } else { format!("{} (not proven)", name.value) });
    facts(&[
        ("user", user.username.clone()),
        ("id", user.id.to_string()),
        ("title", user.display_name.clone()),
        ("names", names.collect::<Vec<_>>().join(", ")),
        ("upn", user.user_principal_name.clone().unwrap_or_default()),
        ("password", password(answer, &user)),
        ("second factors", user.factors.len().to_string()),
        ("roles", roles(&user)),
        ("off", tick(user.disabled)),
        ("created", moment(user.created_at.seconds())),
    ])
}

fn factors(answer: &Value) -> String {
    let Some(user) = view::<UserView>(answer) else { return format!("{answer:#}\n") };
    let row = |factor: FactorView| {
        let used = factor.last_used.map(|at| moment(at.seconds())).unwrap_or_default();
        let left = factor.left.map(|left| left.to_string()).unwrap_or_default();
        let since = moment(factor.created_at.seconds());
        vec![factor.name, factor.kind.as_str().to_owned(), since, used, left]
    };
    let rows: Vec<_> = user.factors.into_iter().map(row).collect();
    table(&["FACTOR", "KIND", "SINCE", "LAST USED", "LEFT"], &rows, "no second factors")
}

fn roles(user: &UserView) -> String {
    user.roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ")
}

fn held(rows: &[Value]) -> String {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let scopes: Vec<&str> =
                row["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            vec![
                text(row, "app"),
                scopes.join(" "),
                moment(row["started_at"].as_i64().unwrap_or_default()),
                row["refreshable_until"].as_i64().map(moment).unwrap_or_default(),
                tick(row["ended"] == true),
                text(row, "id"),
            ]
        })
        .collect();
    table(
        &["APP", "SCOPES", "SINCE", "RENEWABLE UNTIL", "OVER", "ID"],
        &rows,
        "no application holds anything",
    )
}

fn password(answer: &Value, user: &UserView) -> String {
    match answer["password"].as_str() {
        Some(password) => format!("{password}   shown this once"),
        None if user.has_password => "set".to_owned(),
        None => "none: the account cannot sign in".to_owned(),
    }
}

fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let user: UserView = view(row)?;
        let emails: Vec<_> = user
            .sign_in_names
            .iter()
            .map(|name| name.value.as_str())
            .filter(|name| name.contains('@'))
            .collect();
        Some(vec![
            user.username.clone(),
            user.display_name.clone(),
            emails.join(", "),
            row["tenant"].as_str().unwrap_or_default().to_owned(),
            roles(&user),
            tick(user.disabled),
            user.id.to_string(),
        ])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(&["USER", "TITLE", "E-MAIL", "TENANT", "ROLES", "OFF", "ID"], &rows, "no users")
}
