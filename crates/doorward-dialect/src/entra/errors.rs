//! The AADSTS number of each refusal, and where the directory's word for it is another than the specification's.

use doorward_core::refusal::{
    AssertionFault, AuthorizeRefusal, ClientAuthRefusal, DirectoryRefusal, GrantRefusal, JourneyRefusal,
    LogoutRefusal, Reason, RequestRefusal,
};

use super::PROFILE;
use crate::oidc;
use crate::wire_error::{Number, WireError};

/// The refusal in this dialect's words.
pub(crate) fn wire_error(reason: &Reason) -> WireError {
    let entry = entry(reason);
    let plain = oidc::wire_error(reason);
    WireError {
        error: entry.error.unwrap_or(plain.error),
        status: if entry.error.is_some() { 400 } else { plain.status },
        number: entry.number.map(Number::Sts),
        suberror: entry.suberror,
    }
}

/// One cell of the table.
struct Entry {
    number: Option<u32>,
    error: Option<&'static str>,
    suberror: Option<&'static str>,
}

const fn sts(number: u32) -> Entry {
    Entry { number: Some(number), error: None, suberror: None }
}

/// The directory has no number for it: a page of ours, or the administration.
const OURS: Entry = Entry { number: None, error: None, suberror: None };

impl Entry {
    /// Another `error` than the specification's, with status 400.
    const fn saying(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }

    /// With a `suberror`. MSAL asks the person upon `consent_required`, and forgets the refresh token upon `bad_token`.
    const fn sub(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }
}

fn entry(reason: &Reason) -> Entry {
    match reason {
        Reason::Authorize(refusal) => authorize(refusal),
        Reason::ClientAuth(refusal) => client_auth(refusal),
        Reason::Directory(refusal) => match refusal {
            DirectoryRefusal::AdministratorExists
            | DirectoryRefusal::BootstrapCode
            | DirectoryRefusal::BrowserCaller { .. }
            | DirectoryRefusal::ChangedMeanwhile { .. }
            | DirectoryRefusal::CredentialsMissing
            | DirectoryRefusal::InUse { .. }
            | DirectoryRefusal::LastAdministrator { .. }
            | DirectoryRefusal::LastOwner { .. }
            | DirectoryRefusal::NameTaken { .. }
            | DirectoryRefusal::NotFound { .. }
            | DirectoryRefusal::OtherClient { .. }
            | DirectoryRefusal::Outdated { .. }
            | DirectoryRefusal::RoleNeeded { .. }
            | DirectoryRefusal::Value { .. } => OURS,
        },
        Reason::Factor(_) => OURS,
        Reason::Grant(refusal) => grant(refusal),
        Reason::Journey(refusal) => journey(refusal),
        Reason::Logout(refusal) => match refusal {
            LogoutRefusal::HintInvalid | LogoutRefusal::PostLogoutUri { .. } => sts(9_002_313),
        },
        Reason::Request(refusal) => request(refusal),
    }
}

fn authorize(refusal: &AuthorizeRefusal) -> Entry {
    match refusal {
        AuthorizeRefusal::AdminConsentNeeded { .. } => sts(90_094),
        AuthorizeRefusal::Cancelled | AuthorizeRefusal::ConsentRefused => sts(65_004),
        AuthorizeRefusal::ClientDisabled { .. } => sts(7_000_112),
        AuthorizeRefusal::ConsentRequired { .. } => sts(65_001),
        AuthorizeRefusal::GrantNotAllowed { .. } => sts(70_001),
        AuthorizeRefusal::HintMatchesNobody { parameter } if *parameter == "sid" => {
            sts(160_021).saying("interaction_required")
        }
        AuthorizeRefusal::HintMatchesNobody { .. }
        | AuthorizeRefusal::LoginRequired
        | AuthorizeRefusal::SessionTooOld { .. } => sts(50_058),
        AuthorizeRefusal::NothingGranted { .. } => sts(65_005),
        AuthorizeRefusal::PkceMethod { .. } | AuthorizeRefusal::RequestObject { .. } => sts(9_002_313),
        AuthorizeRefusal::PkceRequired => sts(9_002_325),
        AuthorizeRefusal::RedirectNotRegistered { .. } => sts(50_011),
        AuthorizeRefusal::RequirementsUnmet { .. } => OURS,
        AuthorizeRefusal::ScopeSyntax { .. } | AuthorizeRefusal::UnknownScope { .. } => sts(70_011),
        AuthorizeRefusal::SecondFactorNeeded { enrolled: true } => sts(50_076).sub("basic_action"),
        AuthorizeRefusal::SecondFactorNeeded { enrolled: false } => sts(50_079).sub("basic_action"),
        AuthorizeRefusal::SeveralAccounts { .. } => {
            sts(16_000).saying(AuthorizeRefusal::several_accounts_error(PROFILE.several_accounts).as_str())
        }
        AuthorizeRefusal::TwoApis { .. } => sts(700_022),
        AuthorizeRefusal::UnknownApi { .. } => sts(500_011).saying("invalid_resource"),
        AuthorizeRefusal::UnknownClient { .. } => sts(700_016),
        AuthorizeRefusal::UnsupportedPrompt { .. } => sts(90_023),
        AuthorizeRefusal::UnsupportedResponseMode { .. } => sts(70_007),
        AuthorizeRefusal::UnsupportedResponseType { sent } if sent.contains("id_token") => sts(700_054),
        AuthorizeRefusal::UnsupportedResponseType { .. } => sts(70_005),
    }
}

fn client_auth(refusal: &ClientAuthRefusal) -> Entry {
    match refusal {
        ClientAuthRefusal::Assertion { fault, .. } => sts(assertion(fault)),
        ClientAuthRefusal::AssertionReplayed { .. } => sts(700_024),
        ClientAuthRefusal::ClientDisabled { .. } => sts(7_000_112),
        ClientAuthRefusal::CredentialMissing => sts(7_000_218),
        ClientAuthRefusal::KeysUnavailable { .. } | ClientAuthRefusal::NoKeys { .. } => sts(700_027),
        ClientAuthRefusal::PublicClientSentSecret { .. } => sts(700_025),
        ClientAuthRefusal::SecretExpired { .. } => sts(7_000_222),
        ClientAuthRefusal::SecretWrong { .. } => sts(7_000_215),
        ClientAuthRefusal::TwoMethods { .. } => sts(9_002_313),
        ClientAuthRefusal::UnknownClient { .. } => sts(700_016).saying("unauthorized_client"),
        ClientAuthRefusal::OtherMethod { .. } | ClientAuthRefusal::UnsupportedMethod { .. } => sts(70_002),
    }
}

/// The directory tells times, audience and the rest apart.
fn assertion(fault: &AssertionFault) -> u32 {
    match fault {
        AssertionFault::Audience { .. } => 700_023,
        AssertionFault::Expired { .. }
        | AssertionFault::NoExpiry
        | AssertionFault::NotATime { .. }
        | AssertionFault::NotYet { .. }
        | AssertionFault::TooLong { .. } => 700_024,
        AssertionFault::Missing => 7_000_218,
        AssertionFault::NotTheClient { .. } => 700_021,
        AssertionFault::Algorithm { .. }
        | AssertionFault::KeyUnknown { .. }
        | AssertionFault::Kind { .. }
        | AssertionFault::NoId
        | AssertionFault::Signature
        | AssertionFault::Unreadable { .. } => 700_027,
    }
}

fn grant(refusal: &GrantRefusal) -> Entry {
    match refusal {
        GrantRefusal::CodeAlreadyUsed { .. } => sts(54_005),
        GrantRefusal::CodeExpired { .. } => sts(70_008),
        GrantRefusal::CodeOtherAuthority => sts(700_005),
        GrantRefusal::CodeOtherClient | GrantRefusal::CodeUnknown | GrantRefusal::RefreshOtherClient => {
            sts(70_000)
        }
        GrantRefusal::CodeRedirectMismatch { .. } => sts(500_112),
        GrantRefusal::ConsentWithdrawn { .. } => sts(65_001).sub("consent_required"),
        GrantRefusal::DaemonScopeForm { .. } => sts(1_002_012),
        GrantRefusal::GrantNotAllowed { .. } => sts(70_001),
        GrantRefusal::GrantRevoked => sts(50_173).sub("bad_token"),
        GrantRefusal::NotRevocable => sts(9_002_313),
        GrantRefusal::OriginMissing => sts(9_002_327),
        GrantRefusal::OriginOnWebPlatform { .. } | GrantRefusal::OriginUnregistered { .. } => sts(9_002_326),
        GrantRefusal::PkceNotStarted | GrantRefusal::PkceVerifier { .. } => sts(501_481),
        GrantRefusal::RefreshExpired { spa: true, .. } => sts(700_084).sub("bad_token"),
        GrantRefusal::RefreshExpired { spa: false, .. } => sts(700_082).sub("bad_token"),
        GrantRefusal::RefreshReused | GrantRefusal::RefreshUnknown => sts(70_000).sub("bad_token"),
        GrantRefusal::ScopeBeyondGrant { .. }
        | GrantRefusal::ScopeSyntax { .. }
        | GrantRefusal::UnknownScope { .. } => sts(70_011),
        GrantRefusal::TwoApis { .. } => sts(700_022),
        GrantRefusal::UnknownApi { .. } => sts(500_011).saying("invalid_resource"),
        GrantRefusal::UnsupportedGrantType { .. } => sts(70_003),
        GrantRefusal::UserDisabled => sts(50_057),
    }
}

fn journey(refusal: &JourneyRefusal) -> Entry {
    match refusal {
        JourneyRefusal::AccountDisabled => sts(50_057),
        JourneyRefusal::AccountLocked { .. } => sts(50_053),
        JourneyRefusal::ServerBusy => sts(90_033),
        JourneyRefusal::WrongCredentials => sts(50_126),
        JourneyRefusal::AnswerWrong
        | JourneyRefusal::AnswersSpent { .. }
        | JourneyRefusal::MailsSpent { .. }
        | JourneyRefusal::MailNotConfigured
        | JourneyRefusal::ResendTooSoon { .. }
        | JourneyRefusal::Field { .. }
        | JourneyRefusal::FlowExpired
        | JourneyRefusal::ForeignBrowser
        | JourneyRefusal::NameTaken
        | JourneyRefusal::PasswordTooWeak { .. }
        | JourneyRefusal::SignUpNotAllowed
        | JourneyRefusal::Throttled => OURS,
    }
}

fn request(refusal: &RequestRefusal) -> Entry {
    match refusal {
        RequestRefusal::ContentType { .. }
        | RequestRefusal::Malformed { .. }
        | RequestRefusal::ParameterValue { .. }
        | RequestRefusal::TooLarge { .. }
        | RequestRefusal::UnknownFlow { .. }
        | RequestRefusal::UnknownPath { .. } => sts(9_002_313),
        RequestRefusal::MethodNotAllowed { .. } => sts(900_561),
        RequestRefusal::MissingParameter { .. } => sts(900_144),
        RequestRefusal::Repeated { .. } => sts(9_000_411),
        RequestRefusal::UnknownTenant { .. } => sts(90_002),
    }
}
