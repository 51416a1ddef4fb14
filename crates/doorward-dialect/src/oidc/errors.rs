//! What strict relying parties call each refusal: the specifications' error codes, as the core has them.

use doorward_core::refusal::{
    AuthorizeRefusal, ClientAuthRefusal, DirectoryRefusal, FactorRefusal, GrantRefusal, JourneyRefusal,
    OAuthError, Reason, RequestRefusal,
};

use super::PROFILE;
use crate::wire_error::WireError;

/// The refusal in this dialect's words.
pub(crate) fn wire_error(reason: &Reason) -> WireError {
    WireError { error: error(reason).as_str(), status: status(reason), number: None, suberror: None }
}

/// The error code. One word differs from the core's; the rest is written out so that a new reason is looked at here.
fn error(reason: &Reason) -> OAuthError {
    match reason {
        Reason::Authorize(refusal) => match refusal {
            AuthorizeRefusal::SeveralAccounts { .. } => {
                AuthorizeRefusal::several_accounts_error(PROFILE.several_accounts)
            }
            AuthorizeRefusal::AdminConsentNeeded { .. }
            | AuthorizeRefusal::Cancelled
            | AuthorizeRefusal::ClientDisabled { .. }
            | AuthorizeRefusal::ConsentRefused
            | AuthorizeRefusal::ConsentRequired { .. }
            | AuthorizeRefusal::GrantNotAllowed { .. }
            | AuthorizeRefusal::HintMatchesNobody { .. }
            | AuthorizeRefusal::LoginRequired
            | AuthorizeRefusal::NothingGranted { .. }
            | AuthorizeRefusal::PkceMethod { .. }
            | AuthorizeRefusal::PkceRequired
            | AuthorizeRefusal::RedirectNotRegistered { .. }
            | AuthorizeRefusal::RequestObject { .. }
            | AuthorizeRefusal::RequirementsUnmet { .. }
            | AuthorizeRefusal::ScopeSyntax { .. }
            | AuthorizeRefusal::SecondFactorNeeded { .. }
            | AuthorizeRefusal::SessionTooOld { .. }
            | AuthorizeRefusal::TwoApis { .. }
            | AuthorizeRefusal::UnknownApi { .. }
            | AuthorizeRefusal::UnknownClient { .. }
            | AuthorizeRefusal::UnknownScope { .. }
            | AuthorizeRefusal::UnsupportedPrompt { .. }
            | AuthorizeRefusal::UnsupportedResponseMode { .. }
            | AuthorizeRefusal::UnsupportedResponseType { .. } => refusal.row().error,
        },
        Reason::ClientAuth(refusal) => match refusal {
            ClientAuthRefusal::Assertion { .. }
            | ClientAuthRefusal::AssertionReplayed { .. }
            | ClientAuthRefusal::ClientDisabled { .. }
            | ClientAuthRefusal::CredentialMissing
            | ClientAuthRefusal::KeysUnavailable { .. }
            | ClientAuthRefusal::NoKeys { .. }
            | ClientAuthRefusal::OtherMethod { .. }
            | ClientAuthRefusal::PublicClientSentSecret { .. }
            | ClientAuthRefusal::SecretExpired { .. }
            | ClientAuthRefusal::SecretWrong { .. }
            | ClientAuthRefusal::TwoMethods { .. }
            | ClientAuthRefusal::UnknownClient { .. }
            | ClientAuthRefusal::UnsupportedMethod { .. } => refusal.row().error,
        },
        Reason::Grant(refusal) => match refusal {
            GrantRefusal::CodeAlreadyUsed { .. }
            | GrantRefusal::CodeExpired { .. }
            | GrantRefusal::CodeOtherAuthority
            | GrantRefusal::CodeOtherClient
            | GrantRefusal::CodeRedirectMismatch { .. }
            | GrantRefusal::CodeUnknown
            | GrantRefusal::ConsentWithdrawn { .. }
            | GrantRefusal::DaemonScopeForm { .. }
            | GrantRefusal::GrantNotAllowed { .. }
            | GrantRefusal::GrantRevoked
            | GrantRefusal::NotRevocable
            | GrantRefusal::OriginMissing
            | GrantRefusal::OriginOnWebPlatform { .. }
            | GrantRefusal::OriginUnregistered { .. }
            | GrantRefusal::PkceNotStarted
            | GrantRefusal::PkceVerifier { .. }
            | GrantRefusal::RefreshExpired { .. }
            | GrantRefusal::RefreshOtherClient
            | GrantRefusal::RefreshReused
            | GrantRefusal::RefreshUnknown
            | GrantRefusal::ScopeBeyondGrant { .. }
            | GrantRefusal::ScopeSyntax { .. }
            | GrantRefusal::TwoApis { .. }
            | GrantRefusal::UnknownApi { .. }
            | GrantRefusal::UnknownScope { .. }
            | GrantRefusal::UnsupportedGrantType { .. }
            | GrantRefusal::UserDisabled => refusal.row().error,
        },
        // Answered by pages and by the administration; `status` below looks at each of them.
        Reason::Directory(_)
        | Reason::Factor(_)
        | Reason::Journey(_)
        | Reason::Logout(_)
        | Reason::Request(_) => reason.row().error,
    }
}

/// The status, in the other dialects too. Never a 5xx for a fault of the client: MSAL then stops asking for a minute.
fn status(reason: &Reason) -> u16 {
    let usual = reason.row().error.status();
    match reason {
        Reason::Authorize(_) | Reason::ClientAuth(_) | Reason::Grant(_) | Reason::Logout(_) => usual,
        Reason::Directory(refusal) => match refusal {
            DirectoryRefusal::AdministratorExists
            | DirectoryRefusal::ChangedMeanwhile { .. }
            | DirectoryRefusal::InUse { .. }
            | DirectoryRefusal::LastAdministrator { .. }
            | DirectoryRefusal::LastOwner { .. }
            | DirectoryRefusal::NameTaken { .. } => 409,
            DirectoryRefusal::BootstrapCode
            | DirectoryRefusal::BrowserCaller { .. }
            | DirectoryRefusal::OtherClient { .. }
            | DirectoryRefusal::RoleNeeded { .. } => 403,
            DirectoryRefusal::CredentialsMissing | DirectoryRefusal::Value { .. } => usual,
            DirectoryRefusal::Outdated { .. } => 412,
            DirectoryRefusal::NotFound { .. } => 404,
        },
        Reason::Factor(refusal) => match refusal {
            FactorRefusal::Locked { .. } => 429,
            FactorRefusal::CodeMalformed { .. }
            | FactorRefusal::CodeUsed
            | FactorRefusal::CodeWrong
            | FactorRefusal::NeedsFreshSignIn
            | FactorRefusal::NotEnrolled
            | FactorRefusal::TooMany { .. } => usual,
        },
        Reason::Journey(refusal) => match refusal {
            JourneyRefusal::MailsSpent { .. }
            | JourneyRefusal::ResendTooSoon { .. }
            | JourneyRefusal::Throttled => 429,
            JourneyRefusal::AccountDisabled
            | JourneyRefusal::AccountLocked { .. }
            | JourneyRefusal::AnswerWrong
            | JourneyRefusal::AnswersSpent { .. }
            | JourneyRefusal::MailNotConfigured
            | JourneyRefusal::Field { .. }
            | JourneyRefusal::FlowExpired
            | JourneyRefusal::ForeignBrowser
            | JourneyRefusal::NameTaken
            | JourneyRefusal::PasswordTooWeak { .. }
            | JourneyRefusal::ServerBusy
            | JourneyRefusal::SignUpNotAllowed
            | JourneyRefusal::WrongCredentials => usual,
        },
        Reason::Request(refusal) => match refusal {
            RequestRefusal::MethodNotAllowed { .. } => 405,
            RequestRefusal::TooLarge { .. } => 413,
            RequestRefusal::UnknownFlow { .. }
            | RequestRefusal::UnknownPath { .. }
            | RequestRefusal::UnknownTenant { .. } => 404,
            RequestRefusal::ContentType { .. }
            | RequestRefusal::Malformed { .. }
            | RequestRefusal::MissingParameter { .. }
            | RequestRefusal::ParameterValue { .. }
            | RequestRefusal::Repeated { .. } => usual,
        },
    }
}
