//! The AADB2C number of each refusal. Where B2C has none, the directory's AADSTS number stands.

use doorward_core::refusal::{
    AuthorizeRefusal, ClientAuthRefusal, DirectoryRefusal, GrantRefusal, JourneyRefusal, LogoutRefusal,
    Reason, RequestRefusal,
};

use crate::entra;
use crate::wire_error::{Number, WireError};

/// The refusal in this dialect's words.
pub(crate) fn wire_error(reason: &Reason) -> WireError {
    let directory = entra::wire_error(reason);
    let number = number(reason).map(Number::B2c).or(directory.number);
    // B2C answers a silent request without a session so, and applications look for both words.
    let error =
        if number == Some(Number::B2c(NO_SESSION)) { "interaction_required" } else { directory.error };
    WireError { error, number, ..directory }
}

/// No usable session, and nobody may be asked.
const NO_SESSION: u32 = 90_077;

fn number(reason: &Reason) -> Option<u32> {
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
            | DirectoryRefusal::Value { .. } => None,
        },
        Reason::Factor(_) => None,
        Reason::Grant(refusal) => grant(refusal),
        Reason::Journey(refusal) => match refusal {
            JourneyRefusal::AccountLocked { .. } => Some(90_114),
            JourneyRefusal::ServerBusy => Some(90_035),
            JourneyRefusal::Throttled => Some(90_157),
            JourneyRefusal::WrongCredentials => Some(90_225),
            JourneyRefusal::AccountDisabled
            | JourneyRefusal::AnswerWrong
            | JourneyRefusal::AnswersSpent { .. }
            | JourneyRefusal::MailsSpent { .. }
            | JourneyRefusal::MailNotConfigured
            | JourneyRefusal::ResendTooSoon { .. }
            | JourneyRefusal::Field { .. }
            | JourneyRefusal::FlowExpired
            | JourneyRefusal::ForeignBrowser
            | JourneyRefusal::NameTaken
            | JourneyRefusal::PasswordTooWeak { .. }
            | JourneyRefusal::SignUpNotAllowed => None,
        },
        Reason::Logout(refusal) => match refusal {
            LogoutRefusal::HintInvalid => Some(90_210),
            LogoutRefusal::PostLogoutUri { .. } => None,
        },
        Reason::Request(refusal) => request(refusal),
    }
}

fn authorize(refusal: &AuthorizeRefusal) -> Option<u32> {
    match refusal {
        AuthorizeRefusal::Cancelled | AuthorizeRefusal::ConsentRefused => Some(90_091),
        AuthorizeRefusal::HintMatchesNobody { .. }
        | AuthorizeRefusal::LoginRequired
        | AuthorizeRefusal::SessionTooOld { .. } => Some(NO_SESSION),
        AuthorizeRefusal::NothingGranted { .. } => Some(90_205),
        AuthorizeRefusal::PkceMethod { .. } => Some(90_184),
        AuthorizeRefusal::PkceRequired => Some(99_059),
        AuthorizeRefusal::RedirectNotRegistered { .. } => Some(90_006),
        AuthorizeRefusal::ScopeSyntax { .. } => Some(90_012),
        AuthorizeRefusal::TwoApis { .. } => Some(90_146),
        AuthorizeRefusal::UnknownApi { .. } | AuthorizeRefusal::UnknownScope { .. } => Some(90_117),
        AuthorizeRefusal::UnknownClient { .. } => Some(90_018),
        AuthorizeRefusal::UnsupportedPrompt { .. } => Some(90_043),
        AuthorizeRefusal::UnsupportedResponseType { sent } if sent.contains("token") => Some(90_057),
        AuthorizeRefusal::AdminConsentNeeded { .. }
        | AuthorizeRefusal::ClientDisabled { .. }
        | AuthorizeRefusal::ConsentRequired { .. }
        | AuthorizeRefusal::GrantNotAllowed { .. }
        | AuthorizeRefusal::RequestObject { .. }
        | AuthorizeRefusal::RequirementsUnmet { .. }
        | AuthorizeRefusal::SecondFactorNeeded { .. }
        | AuthorizeRefusal::SeveralAccounts { .. }
        | AuthorizeRefusal::UnsupportedResponseMode { .. }
        | AuthorizeRefusal::UnsupportedResponseType { .. } => None,
    }
}

fn client_auth(refusal: &ClientAuthRefusal) -> Option<u32> {
    match refusal {
        ClientAuthRefusal::CredentialMissing => Some(90_079),
        ClientAuthRefusal::PublicClientSentSecret { .. } => Some(90_084),
        ClientAuthRefusal::SecretWrong { .. } => Some(90_081),
        ClientAuthRefusal::UnknownClient { .. } => Some(90_018),
        ClientAuthRefusal::Assertion { .. }
        | ClientAuthRefusal::AssertionReplayed { .. }
        | ClientAuthRefusal::ClientDisabled { .. }
        | ClientAuthRefusal::KeysUnavailable { .. }
        | ClientAuthRefusal::NoKeys { .. }
        | ClientAuthRefusal::OtherMethod { .. }
        | ClientAuthRefusal::SecretExpired { .. }
        | ClientAuthRefusal::TwoMethods { .. }
        | ClientAuthRefusal::UnsupportedMethod { .. } => None,
    }
}

fn grant(refusal: &GrantRefusal) -> Option<u32> {
    match refusal {
        GrantRefusal::CodeExpired { .. } | GrantRefusal::RefreshExpired { .. } => Some(90_080),
        GrantRefusal::CodeOtherAuthority => Some(90_088),
        GrantRefusal::GrantRevoked | GrantRefusal::RefreshReused => Some(90_129),
        GrantRefusal::PkceVerifier { missing: true } => Some(90_183),
        GrantRefusal::PkceVerifier { missing: false } => Some(90_182),
        GrantRefusal::ScopeSyntax { .. } => Some(90_012),
        GrantRefusal::TwoApis { .. } => Some(90_146),
        GrantRefusal::UnknownApi { .. } | GrantRefusal::UnknownScope { .. } => Some(90_117),
        GrantRefusal::UnsupportedGrantType { .. } => Some(90_086),
        GrantRefusal::CodeAlreadyUsed { .. }
        | GrantRefusal::CodeOtherClient
        | GrantRefusal::CodeRedirectMismatch { .. }
        | GrantRefusal::CodeUnknown
        | GrantRefusal::ConsentWithdrawn { .. }
        | GrantRefusal::DaemonScopeForm { .. }
        | GrantRefusal::GrantNotAllowed { .. }
        | GrantRefusal::NotRevocable
        | GrantRefusal::OriginMissing
        | GrantRefusal::OriginOnWebPlatform { .. }
        | GrantRefusal::OriginUnregistered { .. }
        | GrantRefusal::PkceNotStarted
        | GrantRefusal::RefreshOtherClient
        | GrantRefusal::RefreshUnknown
        | GrantRefusal::ScopeBeyondGrant { .. }
        | GrantRefusal::UserDisabled => None,
    }
}

fn request(refusal: &RequestRefusal) -> Option<u32> {
    match refusal {
        RequestRefusal::MissingParameter { name: "client_id" } => Some(90_008),
        RequestRefusal::MissingParameter { name: "scope" } => Some(90_010),
        RequestRefusal::MissingParameter { .. } => Some(90_083),
        RequestRefusal::ContentType { .. }
        | RequestRefusal::Malformed { .. }
        | RequestRefusal::MethodNotAllowed { .. }
        | RequestRefusal::ParameterValue { .. }
        | RequestRefusal::Repeated { .. }
        | RequestRefusal::TooLarge { .. }
        | RequestRefusal::UnknownFlow { .. }
        | RequestRefusal::UnknownPath { .. }
        | RequestRefusal::UnknownTenant { .. } => None,
    }
}
