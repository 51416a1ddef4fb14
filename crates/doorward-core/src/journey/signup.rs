//! Sign-up by user name: an account, signed in at once.

use super::password::check_new_password;
use super::session::{SignIn, SignedIn};
use crate::authorize::SessionView;
use crate::change::{Actor, AuditEntry, Change, DirectoryChange};
use crate::decision::At;
use crate::model::{FlowKind, SignInName, User, UserId};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// The fields of the page. The password is hashed by the shell after [`SignUpForm::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignUpForm {
    /// The user name.
    pub user_name: String,
    /// What others read; may be empty.
    pub display_name: String,
    /// An e-mail address; may be empty. It is kept unproven: no name to sign in with, and in no token.
    pub email: String,
}

/// The names of a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNames {
    /// Proven by itself.
    pub user_name: SignInName,
    /// Never proven here.
    pub email: Option<SignInName>,
}

impl SignUpForm {
    /// Checks the fields and the password before anything is hashed.
    pub fn check(&self, password: &str, at: &At<'_>) -> Result<NewNames, JourneyRefusal> {
        if !at.authority.flow().is_some_and(|flow| flow.kind == FlowKind::SignUpOrSignIn) {
            return Err(JourneyRefusal::SignUpNotAllowed);
        }
        let name = SignInName::user_name(&self.user_name).map_err(|fault| JourneyRefusal::Field {
            field: "username",
            fault: sentence(&fault.to_string()),
        })?;
        if self.display_name.chars().count() > 100 || self.display_name.chars().any(char::is_control) {
            let fault = "Use at most 100 ordinary characters".to_owned();
            return Err(JourneyRefusal::Field { field: "display_name", fault });
        }
        check_new_password(password, &name.value)
            .map_err(|fault| JourneyRefusal::PasswordTooWeak { fault: fault.to_string() })?;
        let email = match self.email.trim() {
            "" => None,
            typed => Some(SignInName::email(typed, false).map_err(|fault| JourneyRefusal::Field {
                field: "email",
                fault: sentence(&fault.to_string()),
            })?),
        };
        Ok(NewNames { user_name: name, email })
    }
}

/// The account with its password hash, and its session. A conflict `NameTaken` means [`JourneyRefusal::NameTaken`].
pub fn create(
    form: &SignUpForm,
    (names, password_hash): (NewNames, String),
    at: &At<'_>,
    view: &SessionView,
    env: &Env<'_>,
) -> SignedIn {
    let tenant = &at.authority.tenant;
    let id = UserId::random(env.entropy.draw());
    let display_name = match form.display_name.trim() {
        "" => names.user_name.value.clone(),
        typed => typed.to_owned(),
    };
    let user = User {
        tenant: tenant.id,
        pool: tenant.default_pool,
        id,
        local_id: id.to_string(),
        factors: Vec::new(),
        display_name,
        given_name: None,
        family_name: None,
        sign_in_names: std::iter::once(names.user_name).chain(names.email).collect(),
        password: Some(password_hash),
        roles: Vec::new(),
        disabled: false,
        epoch: crate::model::Instant::from_seconds(0),
        created_at: env.now,
    };
    let mut signed_in =
        SignIn { user: &user, amr: vec!["pwd".to_owned()], new_user: true }.into_session(view, env);
    signed_in.changes.push(Change::Audit(AuditEntry {
        tenant: Some(tenant.id),
        at: env.now,
        actor: Actor::User(tenant.id, id),
        action: "user.sign_up".to_owned(),
        target: user.sign_in_name().to_owned(),
        detail: serde_json::json!({ "flow": at.authority.flow_name().map(ToString::to_string) }),
    }));
    signed_in.changes.push(DirectoryChange::CreateUser(user).into());
    signed_in
}

fn sentence(fault: &str) -> String {
    let mut chars = fault.chars();
    chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
