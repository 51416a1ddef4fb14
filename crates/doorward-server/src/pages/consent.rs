//! The pages on which permissions are granted, or found to need somebody else.

use serde::Serialize;

use super::{AccountCard, AppCard, Form, Frame, Href};

/// What an application asks for, and as whom. Form id `consent`; buttons `decision` = `allow` | `deny` with ids
/// `consent-allow` and `consent-deny`; checkbox `organisation` (id `consent-organisation`); hidden `flow`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// Who asks.
    pub app: AppCard,
    /// Who publishes the application, and whether that was checked.
    pub publisher: Option<Publisher>,
    /// Who is asked.
    pub account: AccountCard,
    /// Whether the person may decide for everybody.
    pub organisation: OrganisationChoice,
    /// The permissions by API. Those the person granted earlier are folded away.
    pub resources: Vec<ResourceGroup>,
    /// "Not you? Switch".
    pub switch: Option<Href>,
    /// Where a grant is taken back by the person; without it the page names the organisation.
    pub manage: Option<Href>,
}

/// Whether a decision for the whole organisation is on offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationChoice {
    /// The person is no administrator.
    #[default]
    Hidden,
    /// A checkbox, not ticked.
    Offered,
    /// The request is for everybody (the admin-consent endpoint); no checkbox, and the page says so.
    Required,
}

/// Who stands behind an application.
#[derive(Clone, Debug, Serialize)]
pub struct Publisher {
    /// Display name.
    pub name: String,
    /// Whether an administrator has verified it.
    pub verified: bool,
}

/// The permissions of one API.
#[derive(Clone, Debug, Serialize)]
pub struct ResourceGroup {
    /// The API's display name.
    pub name: String,
    /// What is asked of it.
    pub permissions: Vec<Permission>,
}

/// One permission on a page.
#[derive(Clone, Debug, Serialize)]
pub struct Permission {
    /// Plain words with a verb, from the API's consent texts: "Read your notes".
    pub title: String,
    /// What this means; empty for none.
    pub detail: String,
    /// The scope or role as it is written on the wire.
    pub name: String,
    /// How it stands.
    pub state: PermissionState,
}

/// How a permission stands with the person who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionState {
    /// Asked for the first time, like everything else on the page.
    Asked,
    /// Granted earlier.
    Granted,
    /// Only an administrator can grant it, and the person is none: it is not part of this decision.
    Locked,
    /// Asked in addition to what was granted earlier.
    New,
    /// Only an administrator can grant it, and the person is one.
    Privileged,
}

/// Nothing can be granted here: everything that is missing needs an administrator (DW1302).
#[derive(Clone, Debug, Serialize)]
pub struct ApprovalPage {
    /// The surroundings.
    pub frame: Frame,
    /// Who asks.
    pub app: AppCard,
    /// Who is signed in.
    pub account: AccountCard,
    /// What needs an administrator.
    pub resources: Vec<ResourceGroup>,
    /// The command with which an administrator approves.
    pub command: String,
    /// Where an administrator approves in the browser, when there is such an address.
    pub approve: Option<Href>,
    /// "Sign in as an administrator".
    pub other_account: Option<Href>,
    /// Gives up, and answers the application.
    pub cancel: Option<Href>,
    /// The trace id of this request.
    pub trace: String,
}
