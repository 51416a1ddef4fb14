//! What the authorization endpoint answers: a step that the person must take, or the code.

use serde::{Deserialize, Serialize};

use super::request::ReturnAddress;
use crate::claims::ClientInfo;
use crate::journey::factor::FactorChoice;
use crate::model::{FactorKind, PoolId, ScopeSet, Secret, SessionId, TenantId, TenantKind, UserId};
use crate::refusal::Refusal;

/// What the pages of this sign-in have brought so far. Travels in the sealed flow blob (Settled 12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interaction {
    /// The account that the person chose or signed in with.
    pub account: Option<(TenantId, UserId)>,
    /// The person proved who they are within this flow.
    pub signed_in: bool,
    /// The account was created within this flow.
    pub new_user: bool,
    /// The person asked to use another account.
    pub use_another: bool,
    /// The answer of the consent page.
    pub consent: Option<ConsentAnswer>,
    /// The person was offered a second factor in this flow and wants none now.
    pub declined_factor: bool,
}

/// What was pressed on the consent page. The scopes are those that the page showed, from the sealed blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAnswer {
    /// Allowed or not.
    pub allowed: bool,
    /// For everybody in the tenant; honoured for administrators only.
    pub for_organisation: bool,
    /// What the page showed: (API id as text, scopes).
    pub shown: Vec<(String, ScopeSet)>,
}

/// The answer.
#[derive(Clone, Debug)]
pub enum AuthorizeReply {
    /// The client gets its code.
    Code(CodeReply),
    /// The person must take a step first.
    Step(Step),
}

/// A code on its way to the client.
#[derive(Clone, Debug)]
pub struct CodeReply {
    /// Where it goes.
    pub to: ReturnAddress,
    /// The code.
    pub code: Secret,
    /// `session_state`: an opaque text that changes with the session.
    pub session_state: String,
    /// For the directory dialect.
    pub client_info: Option<ClientInfo>,
}

/// Why the person is asked to sign in; a named reason for the trail and the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInReason {
    /// No account of this door is signed in.
    NobodySignedIn,
    /// The hint names an account that is not signed in.
    HintedAccountNotSignedIn,
    /// `prompt=login`.
    PromptLogin,
    /// `max_age`.
    TooOld,
    /// The person asked for another account.
    UseAnother,
    /// A second factor is set up only soon after a sign-in.
    BeforeEnrolment,
}

/// A step that the person must take.
#[derive(Clone, Debug)]
pub enum Step {
    /// Choose one of the signed-in accounts.
    ChooseAccount {
        /// Those that fit, oldest first.
        accounts: Vec<AccountChoice>,
    },
    /// Allow what the application asks for.
    Consent(ConsentStep),
    /// Set up a second factor.
    EnrolFactor(EnrolStep),
    /// Nothing can be allowed without an administrator.
    NeedsAdministrator(ConsentStep),
    /// Prove the second factor.
    SecondFactor(FactorStep),
    /// Sign in.
    SignIn {
        /// Why.
        reason: SignInReason,
        /// A name to fill in.
        hint: Option<String>,
    },
    /// Create an account.
    SignUp,
}

/// The ways to prove a second factor.
#[derive(Clone, Debug)]
pub struct FactorStep {
    /// As whom.
    pub account: AccountChoice,
    /// The best first; empty where only an administrator can help.
    pub ways: Vec<FactorChoice>,
}

/// The ways to get a second factor.
#[derive(Clone, Debug)]
pub struct EnrolStep {
    /// As whom.
    pub account: AccountChoice,
    /// The kinds on offer, the best first.
    pub kinds: Vec<FactorKind>,
    /// The mailbox that a code would go to, mostly hidden.
    pub mailbox: Option<String>,
    /// Whether the person may go on without.
    pub may_decline: bool,
}

/// A signed-in account in the picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChoice {
    /// Its session.
    pub sid: SessionId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its pool.
    pub pool: PoolId,
    /// The user.
    pub user: UserId,
    /// Display name.
    pub display_name: String,
    /// The name the person signs in with.
    pub sign_in_name: String,
    /// Work or personal, to tell twins apart.
    pub kind: TenantKind,
}

/// What the consent page shows.
#[derive(Clone, Debug)]
pub struct ConsentStep {
    /// As whom.
    pub account: AccountChoice,
    /// Whether the person may consent for everybody.
    pub may_consent_for_all: bool,
    /// The application was granted something before; what is asked now comes on top.
    pub adds_to_earlier: bool,
    /// Per API: id as text, title, and what is asked.
    pub apis: Vec<ConsentApi>,
}

impl ConsentStep {
    /// What [`ConsentAnswer::shown`] must repeat: everything that pressing "allow" would grant.
    pub fn shown(&self) -> Vec<(String, ScopeSet)> {
        self.apis
            .iter()
            .map(|api| {
                let scopes =
                    api.items.iter().filter(|item| !item.locked).map(|item| item.scope.clone()).collect();
                (api.id.clone(), scopes)
            })
            .collect()
    }
}

/// The permissions of one API on the consent page.
#[derive(Clone, Debug)]
pub struct ConsentApi {
    /// The API's id as text.
    pub id: String,
    /// What people read.
    pub title: String,
    /// What is asked.
    pub items: Vec<ConsentItem>,
}

/// One permission on the consent page.
#[derive(Clone, Debug)]
pub struct ConsentItem {
    /// Short name.
    pub scope: crate::model::ScopeToken,
    /// "Read your notes".
    pub title: String,
    /// What that means.
    pub description: String,
    /// The application did not have it before.
    pub is_new: bool,
    /// Only an administrator may grant it, and the person is none.
    pub locked: bool,
}

/// A refusal of the authorization endpoint, and whether the client may be told.
#[derive(Clone, Debug)]
pub struct AuthorizeFailure {
    /// Why.
    pub refusal: Refusal,
    /// `None` until client and redirect URI are proven: then the answer is a page, never a redirect.
    pub to: Option<ReturnAddress>,
}
