//! The shape of an ID token as data: the claim's name on the wire, and where its value comes from.

use serde::Serialize;

/// Where a claim's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Source {
    /// An opaque hint that names exactly this account.
    AccountHint,
    /// The account's display name.
    DisplayName,
    /// The first proven e-mail address.
    Email,
    /// Whether that address is proven.
    EmailVerified,
    /// All e-mail addresses, an array.
    EmailsAsArray,
    /// Family name.
    FamilyName,
    /// Name of the user flow, lower case.
    FlowName,
    /// Given name.
    GivenName,
    /// A fixed text.
    Literal(&'static str),
    /// The user's id.
    ObjectId,
    /// The account session.
    SessionId,
    /// The name the person signs in with.
    SignInName,
    /// The tenant's id.
    TenantId,
    /// Unique id of this token.
    TokenId,
}

/// Under which condition a claim is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum When {
    /// Always.
    Always,
    /// Where the scope `email` was granted.
    EmailScope,
    /// Where the user flow's document chooses it.
    FlowChooses,
    /// Where the scope `profile` was granted.
    ProfileScope,
}

/// What an ID token holds beside the registered claims `iss sub aud exp iat nbf nonce auth_time amr at_hash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TokenShape {
    /// Claim, source, condition.
    pub claims: &'static [(&'static str, Source, When)],
    /// Whether `client_info` accompanies the tokens when it is asked for, and with the flow's name in its `uid`.
    pub client_info: ClientInfoShape,
    /// Whether scope claims are subject to the profile's rule on userinfo.
    pub scope_claims_optional: bool,
}

/// What `client_info` looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ClientInfoShape {
    /// There is none.
    None,
    /// `uid` is the user's id, with `-{flow}` behind it where the door is a user flow.
    UserAndFlow,
}
