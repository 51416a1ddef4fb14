//! The authorization endpoint: the checks in their order, then the account, its second factor, consent, and the code.
//!
//! Owns the table below, which is also the explanation: its names and order are the trail. Does not own pages, cookies
//! or redirects; a [`Step`] says what the person must do, and the shell brings the answer back as an [`Interaction`].

mod account;
mod assurance;
mod checks;
mod consent;
mod issue;
mod reply;
mod request;
mod wanted;

use doorward_token::{ClaimSet, Trail};

pub use account::{PendingSession, SessionView};
pub use reply::{
    AccountChoice, AuthorizeFailure, AuthorizeReply, CodeReply, ConsentAnswer, ConsentApi, ConsentItem,
    ConsentStep, EnrolStep, FactorStep, Interaction, SignInReason, Step,
};
pub use request::{AuthorizeRequest, ResponseMode, ReturnAddress};

use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::model::{Client, CodeChallenge, Platform};
use crate::needs::Need;
use crate::permission::{Asked, Resolved};
use crate::port::Env;
use crate::refusal::{AuthorizeRefusal, Reason, Refusal};

/// Everything that an authorization decision looks at beside facts and environment.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The door.
    pub at: At<'a>,
    /// The request.
    pub request: &'a AuthorizeRequest,
    /// What the pages brought.
    pub interaction: &'a Interaction,
    /// The browser's session.
    pub session: &'a SessionView,
    /// The claims of `id_token_hint`, if one was sent and its signature is ours; expiry does not matter.
    pub hint: Option<&'a ClaimSet>,
}

/// The draft that the checks fill in.
struct Draft<'a> {
    asking: &'a Asking<'a>,
    facts: &'a Facts,
    client: Option<&'a Client>,
    redirect: Option<(String, Platform)>,
    to: Option<ReturnAddress>,
    challenge: Option<CodeChallenge>,
    resolved: Option<Resolved<'a>>,
    prompts: checks::Prompts,
    max_age: Option<u64>,
    acr: assurance::Asked,
    wanted: wanted::WantedSubject,
}

impl<'a> Draft<'a> {
    fn new(asking: &'a Asking<'a>, facts: &'a Facts) -> Self {
        Self {
            asking,
            facts,
            client: None,
            redirect: None,
            to: None,
            challenge: None,
            resolved: None,
            prompts: checks::Prompts::default(),
            max_age: None,
            acr: assurance::Asked::default(),
            wanted: wanted::WantedSubject::default(),
        }
    }
}

type CheckFn = for<'a> fn(&mut Draft<'a>) -> Result<(), Reason>;

/// The checks, in order. A check that fails before `redirect_uri.registered` has passed is answered by a page.
const CHECKS: &[(&str, &str, CheckFn)] = &[
    ("client.known", "RFC 6749 §2.2", checks::client_known),
    ("client.enabled", "", checks::client_enabled),
    ("redirect_uri.registered", "RFC 9700 §2.1", checks::redirect_uri),
    ("response_mode.supported", "OAuth 2.0 Multiple Response Types §2.1", checks::response_mode),
    ("request_object.absent", "OpenID Connect Core §6", checks::request_object),
    ("response_type.supported", "RFC 6749 §3.1.1", checks::response_type),
    ("client.may_use_code", "RFC 6749 §4.1", checks::client_kind),
    ("pkce.challenge", "RFC 7636 §4.3, RFC 9700 §2.1.1", checks::pkce),
    ("scope.understood", "RFC 6749 §3.3, RFC 8707", checks::scope),
    ("prompt.understood", "OpenID Connect Core §3.1.2.1", checks::prompt),
    ("max_age.understood", "OpenID Connect Core §3.1.2.1", checks::max_age),
    ("claims.understood", "OpenID Connect Core §5.5", checks::claims),
    ("acr.attainable", "OpenID Connect Core §5.5.1.1", assurance::attainable),
    ("id_token_hint.ours", "OpenID Connect Core §3.1.2.1", checks::id_token_hint),
];

/// What must be known; ask again with the facts until nothing is lacking.
pub fn needs(asking: &Asking<'_>, facts: &Facts) -> Vec<Need> {
    let tenant = asking.at.authority.tenant.id;
    let mut needs = Vec::new();
    let Some(client_id) = checks::client_id(asking.request) else { return needs };
    needs.push(Need::Client(tenant, client_id.clone()));
    if let Some(asked) = checks::asked(asking) {
        needs.extend(asked.needs(tenant));
    }
    let accounts = asking.session.accounts_of(tenant);
    needs.extend(accounts.map(|account| Need::User(account.tenant, account.pool, account.user)));
    if facts.has(&needs[0])
        && let Some(client) = facts.client(tenant, &client_id)
    {
        let users = asking.session.accounts_of(tenant).map(|account| account.user);
        needs.extend(users.map(|user| Need::Consents(tenant, client.app_id, user)));
    }
    needs
}

/// Decides. A failure says whether the client may be told.
pub fn decide(
    asking: &Asking<'_>,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Decision<AuthorizeReply>, Box<AuthorizeFailure>> {
    let mut trail = Trail::new();
    let mut draft = Draft::new(asking, facts);
    for (name, spec, check) in CHECKS {
        match check(&mut draft) {
            Ok(()) => trail.pass(name, spec),
            Err(reason) => {
                trail.fail(name, spec, evidence_of(&reason));
                return Err(Box::new(AuthorizeFailure { refusal: Refusal::at(reason, trail), to: draft.to }));
            }
        }
    }
    let to = draft.to.clone().expect("the checks set the return address");
    let fail = |reason: AuthorizeRefusal, mut trail: Trail, name: &'static str| {
        let reason = Reason::from(reason);
        trail.fail(name, "", evidence_of(&reason));
        Box::new(AuthorizeFailure { refusal: Refusal::at(reason, trail), to: Some(to.clone()) })
    };
    let account = match account::select(&draft, env) {
        Ok(account::Selected::Account(account)) => account,
        Ok(account::Selected::Step(step)) => {
            return Ok(Decision::plain(AuthorizeReply::Step(step), Vec::new(), trail));
        }
        Err(reason) => return Err(fail(reason, trail, "account.selected")),
    };
    trail.pass("account.selected", "OpenID Connect Core §3.1.2.1");
    match assurance::settle(&draft, &account, env) {
        Ok(None) => {}
        Ok(Some(step)) => {
            return Ok(Decision::plain(AuthorizeReply::Step(step), Vec::new(), trail));
        }
        Err(reason) => return Err(fail(reason, trail, "sign_in.strong_enough")),
    }
    trail.pass("sign_in.strong_enough", "RFC 9470 §5");
    let allowed = match consent::settle(&draft, &account, env) {
        Ok(consent::Settled::Allowed(allowed)) => allowed,
        Ok(consent::Settled::Step(step)) => {
            return Ok(Decision::plain(AuthorizeReply::Step(step), Vec::new(), trail));
        }
        Err(reason) => return Err(fail(reason, trail, "consent.given")),
    };
    trail.pass("consent.given", "OpenID Connect Core §3.1.2.4");
    let (reply, changes) = issue::code(&draft, &account, allowed, env);
    Ok(Decision::plain(AuthorizeReply::Code(reply), changes, trail))
}

/// The return address that the request would have, where client and redirect URI are in order: for a person who
/// leaves a page.
pub fn return_address(asking: &Asking<'_>, facts: &Facts) -> Option<ReturnAddress> {
    let mut draft = Draft::new(asking, facts);
    CHECKS.iter().take(4).try_for_each(|(_, _, check)| check(&mut draft)).ok()?;
    draft.to
}

fn evidence_of(reason: &Reason) -> doorward_token::Evidence {
    reason.row().evidence.unwrap_or_default()
}

fn read_asked(asking: &Asking<'_>) -> Result<Asked, crate::permission::PermissionFault> {
    Asked::read(
        asking.request.scope.as_deref().unwrap_or_default(),
        &asking.request.resource,
        asking.at.profile,
    )
}

#[cfg(test)]
mod tests;
