//! The rules of user flows: the directory's, but for who is asked for consent and what `sub` is.

use doorward_core::profile::{ConsentRule, MissingRedirectUri, Profile, SubjectRule};

use crate::entra;

/// The rules.
pub const PROFILE: Profile = Profile {
    name: "entra-flow",
    // B2C has no consent page; a flow's document may turn one on.
    consent: ConsentRule::ByFlow,
    missing_redirect_uri: MissingRedirectUri::Refuse,
    // `sub` is the object id.
    subject: SubjectRule::Public,
    ..entra::PROFILE
};
