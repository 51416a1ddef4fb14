//! Sign-up: an account, signed in at once. By user name, or by an e-mail address whose mailbox is proven first.
//!
//! By e-mail, in order: [`ask_mailbox`] sends a code, or tells the owner of an account that there is one; the page says
//! the same to everybody (Settled 19). [`SignUpForm::check`] looks at the fields, [`settle_mailbox`] at the code, and
//! only then is a password hashed and the account created.

use super::challenge::{self, Question};
use super::letter::{Letter, Says};
use super::password::check_new_password;
use super::session::{SignIn, SignedIn};
use crate::authorize::SessionView;
use crate::change::{Actor, AuditEntry, ChallengeChange, Change, DirectoryChange};
use crate::decision::At;
use crate::model::{
    Challenge, ChallengePurpose, FlowIdentity, FlowKind, Secret, SignInName, User, UserFlow, UserId,
};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// The fields of the page. The password is hashed by the shell after [`SignUpForm::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignUpForm {
    /// The user name; not looked at where accounts are known by their address alone.
    pub user_name: String,
    /// What others read; may be empty.
    pub display_name: String,
    /// Where accounts are known by user name: an address, which may be empty and is kept unproven, no name to sign in
    /// with, and in no token. Elsewhere: the address of the challenge.
    pub email: String,
}

/// The names of a new account; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNames {
    /// Proven by itself.
    pub user_name: Option<SignInName>,
    /// Proven where the flow asks for a proof.
    pub email: Option<SignInName>,
}

/// A mailbox that was asked, to be committed and told.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The challenge and the charges of the mail. A conflict `BudgetSpent` means `spent`.
    pub changes: Vec<Change>,
    /// What is sent; nothing where nobody is to be told.
    pub letter: Option<Letter>,
    /// The refusal when the mailbox got too many mails.
    pub spent: JourneyRefusal,
}

/// The flow of a door that creates accounts.
pub fn sign_up_flow<'a>(at: &At<'a>) -> Result<&'a UserFlow, JourneyRefusal> {
    let flow = at.authority.flow().filter(|flow| flow.kind == FlowKind::SignUpOrSignIn);
    flow.ok_or(JourneyRefusal::SignUpNotAllowed)
}

/// Reads the e-mail field.
pub fn read_address(typed: &str) -> Result<SignInName, JourneyRefusal> {
    SignInName::email(typed, true)
        .map_err(|fault| JourneyRefusal::Field { field: "email", fault: sentence(&fault.to_string()) })
}

/// Sends a code to an address, or its owner the news that there is an account. `holder` is the account that signs in
/// with it, `stored` the open challenge of this transaction.
pub fn ask_mailbox(
    address: &SignInName,
    (transaction, stored): (&[u8], Option<&Challenge>),
    holder: Option<&User>,
    at: &At<'_>,
    env: &Env<'_>,
) -> Result<Asked, JourneyRefusal> {
    if sign_up_flow(at)?.identity == FlowIdentity::UserName {
        return Err(JourneyRefusal::SignUpNotAllowed);
    }
    challenge::may_resend(stored.filter(|stored| is_for(stored, address)), env.now)?;
    let tenant = at.authority.tenant.id;
    let (charges, spent) = challenge::charge_mail(tenant, &address.value, env);
    let purpose = ChallengePurpose::SignUp;
    let question = Question { tenant, purpose, user: holder.map(|user| user.id), address: &address.value };
    let opened = challenge::open_code(question, transaction, env);
    let says = match holder {
        Some(user) => Says::AccountExists { name: user.sign_in_name().to_owned() },
        None => Says::Code { purpose, code: opened.answer.clone() },
    };
    let mut changes: Vec<Change> = charges.into_iter().map(Change::from).collect();
    changes.push(opened.change().into());
    Ok(Asked { changes, letter: Some(Letter { to: address.value.clone(), says }), spent })
}

fn is_for(stored: &Challenge, address: &SignInName) -> bool {
    SignInName::canonical_form(&stored.address) == address.canonical
}

/// Judges the code. One that was opened for an address with an account is never right: nobody was sent it.
pub fn settle_mailbox(
    stored: Option<&Challenge>,
    answer: &Secret,
    env: &Env<'_>,
) -> Result<(SignInName, ChallengeChange), JourneyRefusal> {
    let spend = challenge::settle(stored, ChallengePurpose::SignUp, answer, env)?;
    let free = stored.filter(|stored| stored.user.is_none()).ok_or(JourneyRefusal::AnswerWrong)?;
    Ok((read_address(&free.address)?, spend))
}

impl SignUpForm {
    /// Checks the fields and the password before a guess is charged or anything is hashed. The address counts as proven
    /// where the flow asks for a proof, so there it is the challenge's, and used after [`settle_mailbox`] alone.
    pub fn check(&self, password: &str, at: &At<'_>) -> Result<NewNames, JourneyRefusal> {
        let identity = sign_up_flow(at)?.identity;
        let user_name = match identity {
            FlowIdentity::Email => None,
            FlowIdentity::Both | FlowIdentity::UserName => {
                Some(SignInName::user_name(&self.user_name).map_err(|fault| JourneyRefusal::Field {
                    field: "username",
                    fault: sentence(&fault.to_string()),
                })?)
            }
        };
        if self.display_name.chars().count() > 100 || self.display_name.chars().any(char::is_control) {
            let fault = "Use at most 100 ordinary characters".to_owned();
            return Err(JourneyRefusal::Field { field: "display_name", fault });
        }
        let email = match (identity, self.email.trim()) {
            (FlowIdentity::UserName, "") => None,
            (_, typed) => Some(read_address(typed)?),
        };
        let email = email.map(|name| SignInName { proven: identity != FlowIdentity::UserName, ..name });
        let known_by = user_name.as_ref().or(email.as_ref()).map_or("", |name| local_part(&name.value));
        check_new_password(password, known_by)
            .map_err(|fault| JourneyRefusal::PasswordTooWeak { fault: fault.to_string() })?;
        Ok(NewNames { user_name, email })
    }
}

/// What stands before the `@`, or the whole.
fn local_part(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
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
    let sign_in_names: Vec<SignInName> = names.user_name.into_iter().chain(names.email).collect();
    let display_name = match form.display_name.trim() {
        "" => sign_in_names.first().map_or("", |name| local_part(&name.value)).to_owned(),
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
        sign_in_names,
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
        credential: None,
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
