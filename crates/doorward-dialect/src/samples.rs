//! Things that several tests of this crate need: a tenant, a flow, and one refusal of every kind.

use doorward_core::model::{
    Authority, ClientId, ConsentStyle, Door, FlowClaim, FlowIssuer, FlowKind, FlowName, Instant, PoolId,
    ScopeSet, Tenant, TenantId, TenantKind, TenantName, UserFlow,
};
use doorward_core::refusal::{
    AssertionFault, AuthorizeRefusal, ClientAuthRefusal, DirectoryRefusal, FactorRefusal, GrantRefusal,
    JourneyRefusal, LogoutRefusal, Reason, RequestRefusal,
};

use crate::address::issuer;
use crate::write::ErrorContext;

pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: TenantId::parse("3f2504e0-4f89-41d3-9a0c-0305e82c3301").unwrap(),
        name: TenantName::parse("meadow").unwrap(),
        domain: "meadow.test".to_owned(),
        display_name: "Meadow".to_owned(),
        kind: TenantKind::Work,
        default_pool: PoolId::random([1; 16]),
        flow_issuer: FlowIssuer::Tfp,
        mfa: doorward_core::model::MfaRule::WhenEnrolled,
        user_consent: true,
        keys: doorward_core::model::KeyPolicy::default(),
        disabled: false,
    }
}

pub(crate) fn flow() -> UserFlow {
    UserFlow {
        tenant: tenant().id,
        name: FlowName::parse("B2C_1_susi").unwrap(),
        aliases: vec!["welcome".to_owned()],
        kind: FlowKind::SignUpOrSignIn,
        identity: doorward_core::model::FlowIdentity::UserName,
        consent: ConsentStyle::AdminOnly,
        claims: vec![FlowClaim::GivenName, FlowClaim::Emails, FlowClaim::NewUser],
    }
}

pub(crate) fn authority(door: Door) -> Authority {
    let base = "https://id.test:7443";
    let tenant = tenant();
    let issuer = issuer(base, &tenant, &door);
    Authority { tenant, door, issuer, base: base.to_owned() }
}

pub(crate) fn context() -> ErrorContext<'static> {
    ErrorContext {
        correlation: Some("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"),
        ..ErrorContext::new(
            "https://id.test:7443",
            "9c11f0d29c11f0d29c11f0d29c11f0d2",
            Instant::from_seconds(1_767_225_600),
        )
    }
}

/// One refusal of every kind, and two where a field changes the words. A kind that is missing here is found by
/// `every_kind_of_refusal_is_in_the_list`.
pub(crate) fn every_reason() -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    reasons.extend(authorize().into_iter().map(Reason::from));
    reasons.extend(client_auth().into_iter().map(Reason::from));
    reasons.extend(directory().into_iter().map(Reason::from));
    reasons.extend(factor().into_iter().map(Reason::from));
    reasons.extend(grant().into_iter().map(Reason::from));
    reasons.extend(journey().into_iter().map(Reason::from));
    reasons.extend(
        [LogoutRefusal::HintInvalid, LogoutRefusal::PostLogoutUri { presented: text() }].map(Reason::from),
    );
    reasons.extend(request().into_iter().map(Reason::from));
    reasons
}

/// A text as somebody might send it: quotation marks, umlauts, line ends, and words that MSAL acts upon.
fn text() -> String {
    "login_required \"x\" \\ \u{fc} \r\n consent_required".to_owned()
}

fn scopes() -> ScopeSet {
    ScopeSet::parse("api://notes/notes.write interaction_required").unwrap()
}

fn client() -> ClientId {
    ClientId::parse("bad_token").unwrap()
}

fn authorize() -> Vec<AuthorizeRefusal> {
    vec![
        AuthorizeRefusal::AdminConsentNeeded { scopes: scopes() },
        AuthorizeRefusal::Cancelled,
        AuthorizeRefusal::ClientDisabled { client: client() },
        AuthorizeRefusal::ConsentRefused,
        AuthorizeRefusal::ConsentRequired { scopes: scopes() },
        AuthorizeRefusal::GrantNotAllowed { kind: "daemon", grant: text() },
        AuthorizeRefusal::HintMatchesNobody { parameter: "login_hint" },
        AuthorizeRefusal::HintMatchesNobody { parameter: "sid" },
        AuthorizeRefusal::LoginRequired,
        AuthorizeRefusal::NothingGranted { scopes: scopes() },
        AuthorizeRefusal::PkceMethod { sent: text() },
        AuthorizeRefusal::PkceRequired,
        AuthorizeRefusal::RedirectNotRegistered {
            presented: text(),
            client: client(),
            registered: vec!["https://app.test/cb".to_owned()],
        },
        AuthorizeRefusal::RequestObject { parameter: "request_uri" },
        AuthorizeRefusal::RequirementsUnmet { wanted: text() },
        AuthorizeRefusal::ScopeSyntax { fault: text() },
        AuthorizeRefusal::SecondFactorNeeded { enrolled: true },
        AuthorizeRefusal::SecondFactorNeeded { enrolled: false },
        AuthorizeRefusal::SessionTooOld { age_secs: 90, max_age_secs: 60 },
        AuthorizeRefusal::SeveralAccounts { count: 2 },
        AuthorizeRefusal::TwoApis { first: text(), second: text() },
        AuthorizeRefusal::UnknownApi { identifier: text() },
        AuthorizeRefusal::UnknownClient { client_id: text(), tenant: "meadow".to_owned() },
        AuthorizeRefusal::UnknownScope { api: "notes".to_owned(), scope: text() },
        AuthorizeRefusal::UnsupportedPrompt { sent: text() },
        AuthorizeRefusal::UnsupportedResponseMode { sent: text() },
        AuthorizeRefusal::UnsupportedResponseType { sent: "id_token".to_owned() },
        AuthorizeRefusal::UnsupportedResponseType { sent: text() },
    ]
}

fn client_auth() -> Vec<ClientAuthRefusal> {
    vec![
        ClientAuthRefusal::Assertion { fault: AssertionFault::Signature, client: text() },
        ClientAuthRefusal::AssertionReplayed { client: text() },
        ClientAuthRefusal::ClientDisabled { client: text() },
        ClientAuthRefusal::CredentialMissing,
        ClientAuthRefusal::KeysUnavailable { uri: text(), why: text() },
        ClientAuthRefusal::NoKeys { client: text() },
        ClientAuthRefusal::OtherMethod {
            used: "client_secret_post",
            registered: "private_key_jwt",
            client: text(),
        },
        ClientAuthRefusal::PublicClientSentSecret { client: text() },
        ClientAuthRefusal::SecretExpired { days: 3 },
        ClientAuthRefusal::SecretWrong { looks_like_id: true, client: text() },
        ClientAuthRefusal::TwoMethods { first: "client_secret_basic", second: "client_secret_post" },
        ClientAuthRefusal::UnknownClient { client_id: text(), tenant: "meadow".to_owned() },
        ClientAuthRefusal::UnsupportedMethod { method: text() },
    ]
}

fn directory() -> Vec<DirectoryRefusal> {
    vec![
        DirectoryRefusal::AdministratorExists,
        DirectoryRefusal::BootstrapCode,
        DirectoryRefusal::BrowserCaller { origin: text() },
        DirectoryRefusal::ChangedMeanwhile { kind: "app", name: text() },
        DirectoryRefusal::CredentialsMissing,
        DirectoryRefusal::InUse { kind: "app", name: text(), by: text() },
        DirectoryRefusal::LastAdministrator { name: text() },
        DirectoryRefusal::LastOwner { name: text() },
        DirectoryRefusal::NameTaken { kind: "app", name: text() },
        DirectoryRefusal::NotFound { kind: "app", name: text(), nearest: Some(text()) },
        DirectoryRefusal::OtherClient { client: text() },
        DirectoryRefusal::Outdated { kind: "app", name: text() },
        DirectoryRefusal::RoleNeeded { act: text(), roles: text(), held: text() },
        DirectoryRefusal::Value { field: "name", sent: text(), fault: text() },
    ]
}

fn factor() -> Vec<FactorRefusal> {
    vec![
        FactorRefusal::CodeMalformed { fault: "enter the 6 digits of the code" },
        FactorRefusal::CodeUsed,
        FactorRefusal::CodeWrong,
        FactorRefusal::Locked { minutes: 15 },
        FactorRefusal::NeedsFreshSignIn,
        FactorRefusal::NotEnrolled,
        FactorRefusal::TooMany { most: 10 },
    ]
}

fn grant() -> Vec<GrantRefusal> {
    vec![
        GrantRefusal::CodeAlreadyUsed { secs_since_first: 2, same_verifier: true },
        GrantRefusal::CodeExpired { late_by_secs: 2 },
        GrantRefusal::CodeOtherAuthority,
        GrantRefusal::CodeOtherClient,
        GrantRefusal::CodeRedirectMismatch { sent: text(), expected: text() },
        GrantRefusal::CodeUnknown,
        GrantRefusal::ConsentWithdrawn { scopes: scopes() },
        GrantRefusal::DaemonScopeForm { sent: text() },
        GrantRefusal::GrantNotAllowed { kind: "spa", grant: text() },
        GrantRefusal::GrantRevoked,
        GrantRefusal::NotRevocable,
        GrantRefusal::OriginMissing,
        GrantRefusal::OriginOnWebPlatform { origin: text() },
        GrantRefusal::OriginUnregistered { origin: text() },
        GrantRefusal::PkceNotStarted,
        GrantRefusal::PkceVerifier { missing: true },
        GrantRefusal::PkceVerifier { missing: false },
        GrantRefusal::RefreshExpired { late_by_secs: 2, spa: true },
        GrantRefusal::RefreshExpired { late_by_secs: 2, spa: false },
        GrantRefusal::RefreshOtherClient,
        GrantRefusal::RefreshReused,
        GrantRefusal::RefreshUnknown,
        GrantRefusal::ScopeBeyondGrant { scopes: scopes() },
        GrantRefusal::ScopeSyntax { fault: text() },
        GrantRefusal::TwoApis { first: text(), second: text() },
        GrantRefusal::UnknownApi { identifier: text() },
        GrantRefusal::UnknownScope { api: "notes".to_owned(), scope: text() },
        GrantRefusal::UnsupportedGrantType { sent: text() },
        GrantRefusal::UserDisabled,
    ]
}

fn journey() -> Vec<JourneyRefusal> {
    vec![
        JourneyRefusal::AccountDisabled,
        JourneyRefusal::AccountLocked { minutes: 5 },
        JourneyRefusal::AnswerWrong,
        JourneyRefusal::AnswersSpent { minutes: 10 },
        JourneyRefusal::Field { field: "username", fault: text() },
        JourneyRefusal::FlowExpired,
        JourneyRefusal::ForeignBrowser,
        JourneyRefusal::MailsSpent { minutes: 60 },
        JourneyRefusal::MailNotConfigured,
        JourneyRefusal::NameTaken,
        JourneyRefusal::PasswordTooWeak { fault: text() },
        JourneyRefusal::ResendTooSoon { seconds: 30 },
        JourneyRefusal::ServerBusy,
        JourneyRefusal::SignUpNotAllowed,
        JourneyRefusal::Throttled,
        JourneyRefusal::WrongCredentials,
    ]
}

fn request() -> Vec<RequestRefusal> {
    vec![
        RequestRefusal::ContentType { sent: text(), expected: "application/x-www-form-urlencoded" },
        RequestRefusal::Malformed { what: text() },
        RequestRefusal::MethodNotAllowed { method: "GET".to_owned(), allowed: "POST" },
        RequestRefusal::MissingParameter { name: "grant_type" },
        RequestRefusal::MissingParameter { name: "client_id" },
        RequestRefusal::MissingParameter { name: "scope" },
        RequestRefusal::ParameterValue { name: "max_age", sent: text(), expected: text() },
        RequestRefusal::Repeated { name: text() },
        RequestRefusal::TooLarge { limit: 65_536 },
        RequestRefusal::UnknownFlow { flow: text(), tenant: "meadow".to_owned() },
        RequestRefusal::UnknownPath { path: text() },
        RequestRefusal::UnknownTenant { tenant: text() },
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::mem::{Discriminant, discriminant};

    use super::*;
    use crate::dialect::Dialect;

    fn kinds<T>(all: &[T]) -> usize
    where
        Discriminant<T>: std::hash::Hash,
    {
        all.iter().map(discriminant).collect::<std::collections::HashSet<_>>().len()
    }

    /// The numbers are those of the enums: who adds a kind adds a sample.
    #[test]
    fn every_kind_of_refusal_is_in_the_list() {
        let counts = [
            kinds(&authorize()),
            kinds(&client_auth()),
            kinds(&directory()),
            kinds(&factor()),
            kinds(&grant()),
            kinds(&journey()),
            kinds(&request()),
        ];
        assert_eq!(counts, [25, 13, 14, 7, 27, 16, 10]);
    }

    #[test]
    fn no_fault_of_a_client_is_answered_as_one_of_the_server() {
        let busy = Reason::from(JourneyRefusal::ServerBusy);
        for reason in every_reason().into_iter().filter(|reason| *reason != busy) {
            for dialect in Dialect::ALL {
                let status = dialect.wire_error(&reason).status;
                assert!((400..500).contains(&status), "{status} {reason}");
            }
        }
    }

    #[test]
    fn numbers_are_told_where_clients_look_for_them() {
        let at = |dialect: Dialect, reason: Reason| {
            let wire = dialect.wire_error(&reason);
            let number = wire.number.map(|number| number.to_string()).unwrap_or_default();
            (wire.error, number, wire.suberror)
        };
        let silent = || Reason::from(AuthorizeRefusal::LoginRequired);
        assert_eq!(at(Dialect::Oidc, silent()), ("login_required", String::new(), None));
        assert_eq!(at(Dialect::Entra, silent()), ("login_required", "AADSTS50058".to_owned(), None));
        assert_eq!(
            at(Dialect::EntraFlow, silent()),
            ("interaction_required", "AADB2C90077".to_owned(), None)
        );
        let several = || Reason::from(AuthorizeRefusal::SeveralAccounts { count: 2 });
        assert_eq!(at(Dialect::Oidc, several()).0, "account_selection_required");
        assert_eq!(at(Dialect::Entra, several()).0, "interaction_required");
        let dead = Reason::from(GrantRefusal::RefreshExpired { late_by_secs: 1, spa: true });
        assert_eq!(at(Dialect::Entra, dead), ("invalid_grant", "AADSTS700084".to_owned(), Some("bad_token")));
    }

    #[test]
    fn only_errors_of_the_directory_are_numbered_and_no_number_serves_two_errors_of_two_kinds() {
        let mut seen = BTreeSet::new();
        for reason in every_reason() {
            assert_eq!(Dialect::Oidc.wire_error(&reason).number, None);
            let wire = Dialect::Entra.wire_error(&reason);
            seen.extend(wire.number.map(|number| (number.value(), wire.error)));
        }
        // The one number that stands for everything malformed, and consent that is missing at either endpoint.
        let twice: Vec<u32> = seen.iter().map(|(number, _)| *number).collect();
        let mut repeated: Vec<u32> =
            twice.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        repeated.dedup();
        assert_eq!(repeated, [50_057, 65_001, 7_000_112, 9_002_313]);
    }
}
