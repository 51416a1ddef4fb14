//! Every reason there is: its code, its words, its remedy.

use std::collections::BTreeMap;

use doorward_token::{Code, Explain};

use super::{
    AssertionFault, AuthorizeRefusal, ClientAuthRefusal, DirectoryRefusal, FactorRefusal, GrantRefusal,
    JourneyRefusal, LogoutRefusal, Reason, RequestRefusal, quote,
};
use crate::model::{ClientId, ScopeSet};
use crate::userinfo::UserinfoRefusal;

/// What a hostile client would like to see quoted.
const HOSTILE: &str = "\"><script>\\ interaction_required\r\nSet-Cookie: a=\u{0}b \u{e9}\u{202e}";

/// One sample of every variant; a variant without one does not compile.
macro_rules! every {
    ($enum:ident { $($variant:ident $({ $($field:ident: $value:expr),* $(,)? })?),* $(,)? }) => {{
        fn has_a_sample(reason: &$enum) {
            match reason { $($enum::$variant { .. } => {})* }
        }
        let all = vec![$($enum::$variant $({ $($field: $value),* })?),*];
        all.iter().for_each(has_a_sample);
        all
    }};
}

fn hostile() -> String {
    quote(&HOSTILE.replace("interaction_required", ""), 80)
}

fn scopes() -> ScopeSet {
    ScopeSet::parse("openid api://notes/notes.read").unwrap()
}

fn client() -> ClientId {
    ClientId::parse("web-shop").unwrap()
}

fn registered() -> Vec<String> {
    vec!["https://web.test/cb".to_owned()]
}

fn all() -> Vec<Reason> {
    let authorize = every!(AuthorizeRefusal {
        AdminConsentNeeded { scopes: scopes() },
        Cancelled,
        ClientDisabled { client: client() },
        ConsentRefused,
        ConsentRequired { scopes: scopes() },
        GrantNotAllowed { kind: "daemon", grant: "authorization_code".to_owned() },
        HintMatchesNobody { parameter: "login_hint" },
        LoginRequired,
        NothingGranted { scopes: scopes() },
        PkceMethod { sent: hostile() },
        PkceRequired,
        RedirectNotRegistered { presented: hostile(), client: client(), registered: registered() },
        RequestObject { parameter: "request" },
        RequirementsUnmet { wanted: hostile() },
        ScopeSyntax { fault: hostile() },
        SecondFactorNeeded { enrolled: true },
        SeveralAccounts { count: 2 },
        SessionTooOld { age_secs: 10, max_age_secs: 1 },
        TwoApis { first: hostile(), second: hostile() },
        UnknownApi { identifier: hostile() },
        UnknownClient { client_id: hostile(), tenant: "meadow".to_owned() },
        UnknownScope { api: "notes".to_owned(), scope: hostile() },
        UnsupportedPrompt { sent: hostile() },
        UnsupportedResponseMode { sent: hostile() },
        UnsupportedResponseType { sent: hostile() },
    });
    let client_auth = every!(ClientAuthRefusal {
        Assertion {
            fault: AssertionFault::KeyUnknown { kid: hostile() },
            client: "web".to_owned(),
        },
        AssertionReplayed { client: "web".to_owned() },
        ClientDisabled { client: "web".to_owned() },
        CredentialMissing,
        KeysUnavailable { uri: "https://web.test/jwks".to_owned(), why: hostile() },
        NoKeys { client: "web".to_owned() },
        OtherMethod {
            used: "client_secret_post",
            registered: "private_key_jwt",
            client: "web".to_owned(),
        },
        PublicClientSentSecret { client: "spa".to_owned() },
        SecretExpired { days: 3 },
        SecretWrong { looks_like_id: true, client: "web".to_owned() },
        TwoMethods { first: "client_secret_basic", second: "client_secret_post" },
        UnknownClient { client_id: hostile(), tenant: "meadow".to_owned() },
        UnsupportedMethod { method: "client_assertion".to_owned() },
    });
    let directory = every!(DirectoryRefusal {
        AdministratorExists,
        BootstrapCode,
        BrowserCaller { origin: hostile() },
        ChangedMeanwhile { kind: "app", name: hostile() },
        CredentialsMissing,
        InUse { kind: "api", name: hostile(), by: hostile() },
        LastAdministrator { name: hostile() },
        LastOwner { name: hostile() },
        NameTaken { kind: "user", name: hostile() },
        NotFound { kind: "app", name: hostile(), nearest: Some("web".to_owned()) },
        OtherClient { client: hostile() },
        Outdated { kind: "app", name: hostile() },
        RoleNeeded { act: "user.create".to_owned(), roles: "owner".to_owned(), held: "none".to_owned() },
        Value { field: "redirect_uri", sent: hostile(), fault: "it has a fragment".to_owned() },
    });
    let factor = every!(FactorRefusal {
        CodeMalformed { fault: "enter the 6 digits of the code" },
        CodeUsed,
        CodeWrong,
        Locked { minutes: 15 },
        NeedsFreshSignIn,
        NotEnrolled,
        TooMany { most: 10 },
    });
    let grant = every!(GrantRefusal {
        CodeAlreadyUsed { secs_since_first: 3, same_verifier: true },
        CodeExpired { late_by_secs: 3 },
        CodeOtherAuthority,
        CodeOtherClient,
        CodeRedirectMismatch { sent: hostile(), expected: "https://web.test/cb".to_owned() },
        CodeUnknown,
        ConsentWithdrawn { scopes: scopes() },
        DaemonScopeForm { sent: hostile() },
        GrantNotAllowed { kind: "daemon", grant: "authorization_code".to_owned() },
        GrantRevoked,
        OriginOnWebPlatform { origin: hostile() },
        NotRevocable,
        OriginMissing,
        OriginUnregistered { origin: hostile() },
        PkceNotStarted,
        PkceVerifier { missing: true },
        RefreshExpired { late_by_secs: 3, spa: true },
        RefreshOtherClient,
        RefreshReused,
        RefreshUnknown,
        ScopeBeyondGrant { scopes: scopes() },
        ScopeSyntax { fault: hostile() },
        TwoApis { first: hostile(), second: hostile() },
        UnknownApi { identifier: hostile() },
        UnknownScope { api: "notes".to_owned(), scope: hostile() },
        UnsupportedGrantType { sent: hostile() },
        UserDisabled,
    });
    let journey = every!(JourneyRefusal {
        AccountDisabled,
        AccountLocked { minutes: 15 },
        AnswerWrong,
        AnswersSpent { minutes: 10 },
        FlowExpired,
        ForeignBrowser,
        Field { field: "username", fault: "It is empty".to_owned() },
        MailsSpent { minutes: 60 },
        MailNotConfigured,
        NameTaken,
        PasswordTooWeak { fault: "has fewer than 8 characters".to_owned() },
        ResendTooSoon { seconds: 30 },
        ServerBusy,
        SignUpNotAllowed,
        Throttled,
        WrongCredentials,
    });
    let logout = every!(LogoutRefusal { HintInvalid, PostLogoutUri { presented: hostile() } });
    let request = every!(RequestRefusal {
        ContentType { sent: hostile(), expected: "application/x-www-form-urlencoded" },
        Malformed { what: hostile() },
        MethodNotAllowed { method: hostile(), allowed: "POST" },
        MissingParameter { name: "client_id" },
        ParameterValue { name: "max_age", sent: hostile(), expected: "a number of seconds".to_owned() },
        Repeated { name: hostile() },
        TooLarge { limit: 65_536 },
        UnknownFlow { flow: hostile(), tenant: "meadow".to_owned() },
        UnknownPath { path: hostile() },
        UnknownTenant { tenant: hostile() },
    });
    let mut all = Vec::new();
    all.extend(authorize.into_iter().map(Reason::from));
    all.extend(client_auth.into_iter().map(Reason::from));
    all.extend(directory.into_iter().map(Reason::from));
    all.extend(factor.into_iter().map(Reason::from));
    all.extend(grant.into_iter().map(Reason::from));
    all.extend(journey.into_iter().map(Reason::from));
    all.extend(logout.into_iter().map(Reason::from));
    all.extend(request.into_iter().map(Reason::from));
    all
}

fn userinfo() -> Vec<UserinfoRefusal> {
    every!(UserinfoRefusal {
        Revoked,
        OtherAudience { audience: "api://notes".to_owned() },
        NoOpenId { present: "profile".to_owned() },
    })
}

fn assert_explains(reason: &dyn Explain) {
    let (code, said, remedy) = (reason.code(), reason.diagnosis(), reason.remedy());
    assert_eq!(Code::parse(code.as_str()).as_ref(), Some(&code), "DW and four digits: {said}");
    assert!(!said.is_empty() && !said.ends_with('.') && !said.starts_with(' '), "{code}: {said}");
    for (what, text) in [("diagnosis", &said), ("remedy", &remedy)] {
        assert!(!text.trim().is_empty(), "{code} has no {what}");
        assert!(!text.chars().any(char::is_control), "{code} {what}: {text:?}");
    }
    assert!(said.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{code}: {said}");
    for word in [
        "interaction_required",
        "consent_required",
        "login_required",
        "bad_token",
        "ui_not_allowed",
        "interrupted_user",
    ] {
        assert!(!said.contains(word), "{code}: a client would read {word} as an error of its own: {said}");
    }
}

#[test]
fn every_reason_explains_itself_in_words_that_may_stand_in_a_header() {
    for reason in all() {
        assert_explains(&reason);
    }
    for reason in userinfo() {
        assert_explains(&reason);
    }
}

#[test]
fn every_error_has_the_status_of_its_specification() {
    for reason in all() {
        let error = reason.row().error;
        let expected = match error.as_str() {
            "invalid_client" | "invalid_token" => 401,
            "insufficient_scope" => 403,
            "server_error" => 500,
            "temporarily_unavailable" => 503,
            _ => 400,
        };
        assert_eq!(error.status(), expected);
        assert!(error.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
}

#[test]
fn every_code_has_a_row_in_the_catalogue() {
    let text = include_str!("../../../../catalogue/failures.json");
    let rows: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_str(text).unwrap();
    let known: Vec<&str> = rows.iter().filter_map(|row| row.get("code")?.as_str()).collect();
    let mut codes: Vec<Code> = all().iter().map(Explain::code).collect();
    codes.extend(userinfo().iter().map(Explain::code));
    for code in codes {
        assert!(known.contains(&code.as_str()), "{code}");
    }
}

#[test]
fn a_quotation_is_short_and_harmless() {
    for (text, most, quoted) in [
        ("plain", 10, "plain"),
        ("0123456789", 10, "0123456789"),
        ("0123456789a", 10, "0123456789..."),
        ("a\"b\\c\r\n\u{e9}", 10, "a?b?c???"),
        ("", 10, ""),
    ] {
        assert_eq!(quote(text, most), quoted);
    }
}

/// Where two values were compared, both are told; a secret and its digest apart.
#[test]
fn a_comparison_that_failed_shows_both_sides() {
    const OF_A_SECRET: [&str; 1] = ["DW2005"];
    let text = include_str!("../../../../catalogue/failures.json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    for reason in all() {
        let code = reason.code();
        let slug = rows.iter().find(|row| row["code"] == code.as_str()).map(|row| &row["slug"]).unwrap();
        if !slug.as_str().unwrap().ends_with("-mismatch") || OF_A_SECRET.contains(&code.as_str()) {
            continue;
        }
        let evidence = reason.evidence().unwrap_or_default();
        assert!(evidence.sent.is_some() && evidence.expected.is_some(), "{code}: {reason}");
    }
}
