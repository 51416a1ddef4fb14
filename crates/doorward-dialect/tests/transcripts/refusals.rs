//! How a refusal is told.

use doorward_core::authorize::{ResponseMode, ReturnAddress};
use doorward_core::model::ScopeSet;
use doorward_core::refusal::{
    AuthorizeRefusal, ClientAuthRefusal, GrantRefusal, JourneyRefusal, Refusal, RequestRefusal,
};
use doorward_core::userinfo::UserinfoRefusal;
use doorward_dialect::{
    Challenge, Dialect, ErrorContext, Fault, authorize_error_params, redirect_location, write_challenge,
    write_fault, write_refusal,
};

use crate::show;

fn reused() -> Refusal {
    Refusal::new(GrantRefusal::CodeAlreadyUsed { secs_since_first: 1, same_verifier: true })
}

#[test]
fn a_code_that_was_used_before_told_to_a_relying_party() {
    let ctx = ErrorContext { allow_origin: Some("http://localhost:5173"), ..show::context() };
    insta::assert_snapshot!(show::response(&write_refusal(Dialect::Oidc, &reused(), &ctx)), @r#"
    400 Bad Request
    access-control-allow-origin: http://localhost:5173
    access-control-expose-headers: Doorward-Trace, WWW-Authenticate, x-ms-request-id
    cache-control: no-store
    content-type: application/json
    doorward-trace: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    pragma: no-cache
    vary: Origin

    {
      "doorward": {
        "code": "DW2004",
        "remedy": "Run the callback once: guard the effect that redeems, or switch off the retry",
        "slug": "code-already-used",
        "trace": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
      },
      "error": "invalid_grant",
      "error_description": "DW2004 code-already-used: this code was redeemed 1 s ago by the same client with the same verifier. Trace 9c11f0d24fb14c5c8d4b7f0f8f3b1a20",
      "error_uri": "https://login.test:8443/docs/errors/DW2004?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
    }
    "#);
}

#[test]
fn a_code_that_was_used_before_told_to_msal() {
    insta::assert_snapshot!(show::response(&write_refusal(Dialect::Entra, &reused(), &show::context())), @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    doorward-trace: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    pragma: no-cache
    x-ms-request-id: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20

    {
      "correlation_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
      "doorward": {
        "code": "DW2004",
        "remedy": "Run the callback once: guard the effect that redeems, or switch off the retry",
        "slug": "code-already-used",
        "trace": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
      },
      "error": "invalid_grant",
      "error_codes": [
        54005
      ],
      "error_description": "AADSTS54005: DW2004 code-already-used: this code was redeemed 1 s ago by the same client with the same verifier. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z",
      "error_uri": "https://login.test:8443/docs/errors/DW2004?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20&code=54005",
      "timestamp": "2026-01-01 00:00:00Z",
      "trace_id": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
    }
    "#);
}

#[test]
fn an_expired_refresh_token_of_a_user_flow() {
    let refusal = Refusal::new(GrantRefusal::RefreshExpired { late_by_secs: 60, spa: true });
    let response = write_refusal(Dialect::EntraFlow, &refusal, &show::context());
    insta::assert_snapshot!(show::response(&response), @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    doorward-trace: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    pragma: no-cache
    x-ms-request-id: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20

    {
      "correlation_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
      "doorward": {
        "code": "DW2055",
        "remedy": "Send the person through the authorization endpoint again",
        "slug": "refresh-expired",
        "trace": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
      },
      "error": "invalid_grant",
      "error_description": "AADB2C90080: DW2055 refresh-expired: the refresh token ended 60 s ago. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z",
      "error_uri": "https://login.test:8443/docs/errors/DW2055?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20&code=90080",
      "suberror": "bad_token",
      "timestamp": "2026-01-01 00:00:00Z",
      "trace_id": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
    }
    "#);
}

#[test]
fn a_wrong_secret_in_the_header() {
    let refusal =
        Refusal::new(ClientAuthRefusal::SecretWrong { looks_like_id: true, client: "web-shop".to_owned() });
    let ctx = ErrorContext { basic_tried: true, ..show::context() };
    insta::assert_snapshot!(show::response(&write_refusal(Dialect::Oidc, &refusal, &ctx)), @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/json
    doorward-trace: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    pragma: no-cache
    www-authenticate: Basic realm="doorward", charset="UTF-8"

    {
      "doorward": {
        "code": "DW2001",
        "remedy": "Paste the secret's value (it begins dws_), not its id; make a new one: doorward app secret add web-shop",
        "slug": "client-secret-wrong",
        "trace": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
      },
      "error": "invalid_client",
      "error_description": "DW2001 client-secret-wrong: the client secret is wrong: it has the form of a secret's id. Trace 9c11f0d24fb14c5c8d4b7f0f8f3b1a20",
      "error_uri": "https://login.test:8443/docs/errors/DW2001?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
    }
    "#);
    let by_form = write_refusal(Dialect::Oidc, &refusal, &show::context());
    assert!(!by_form.headers().contains_key("www-authenticate"));
}

#[test]
fn facts_are_told_to_those_who_may_read_them() {
    let told = |refusal: &Refusal, ctx: &ErrorContext<'_>| {
        let response = write_refusal(Dialect::Oidc, refusal, ctx);
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        body["doorward"].get("remedy").is_some()
    };
    let stranger = show::context();
    let client = ErrorContext { client_authenticated: true, ..stranger };
    let developer = ErrorContext { development: true, ..stranger };
    let public = reused();
    let of_client =
        Refusal::new(GrantRefusal::ConsentWithdrawn { scopes: ScopeSet::parse("notes.read").unwrap() });
    let of_trace = Refusal::new(GrantRefusal::UserDisabled);
    assert_eq!([stranger, client, developer].map(|ctx| told(&public, &ctx)), [true, true, true]);
    assert_eq!([stranger, client, developer].map(|ctx| told(&of_client, &ctx)), [false, true, true]);
    assert_eq!([stranger, client, developer].map(|ctx| told(&of_trace, &ctx)), [false, false, true]);
}

#[test]
fn a_wrong_method_is_told_the_right_one() {
    let refusal =
        Refusal::from(RequestRefusal::MethodNotAllowed { method: "GET".to_owned(), allowed: "POST" });
    insta::assert_snapshot!(show::response(&write_refusal(Dialect::Entra, &refusal, &show::context())), @r#"
    405 Method Not Allowed
    allow: POST
    cache-control: no-store
    content-type: application/json
    doorward-trace: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    pragma: no-cache
    x-ms-request-id: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20

    {
      "correlation_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
      "doorward": {
        "cause": {
          "expected": "POST",
          "sent": "GET"
        },
        "code": "DW1052",
        "remedy": "Use POST",
        "slug": "method-not-allowed",
        "trace": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
      },
      "error": "invalid_request",
      "error_codes": [
        900561
      ],
      "error_description": "AADSTS900561: DW1052 method-not-allowed: GET is not answered here, POST is. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z",
      "error_uri": "https://login.test:8443/docs/errors/DW1052?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20&code=900561",
      "timestamp": "2026-01-01 00:00:00Z",
      "trace_id": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
    }
    "#);
}

#[test]
fn faults_of_ours_are_json_too() {
    for (dialect, fault, status) in [
        (Dialect::Oidc, Fault::Internal, 500),
        (Dialect::Entra, Fault::Unavailable, 503),
        (Dialect::EntraFlow, Fault::Internal, 500),
    ] {
        let response = write_fault(dialect, fault, &show::context());
        assert_eq!(response.status(), status);
        assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
        assert!(!response.headers().contains_key("retry-after"));
    }
    let busy = write_refusal(Dialect::Entra, &Refusal::new(JourneyRefusal::ServerBusy), &show::context());
    assert_eq!(busy.status(), 503);
}

fn silent(dialect: Dialect, reason: AuthorizeRefusal) -> String {
    let to = ReturnAddress {
        redirect_uri: "https://app.test/redirect".to_owned(),
        mode: ResponseMode::Fragment,
        state: Some("s|1".to_owned()),
        issuer: "https://login.test:8443/t/v2.0".to_owned(),
    };
    let params = authorize_error_params(dialect, &Refusal::new(reason), &to, &show::context());
    let location = redirect_location(&to, &params).expect("not a form");
    assert!(location.starts_with("https://app.test/redirect#error="));
    show::params(&params)
}

/// MSAL reads the number from the end of `error_uri`, and `login_required` from `error`.
#[test]
fn a_silent_request_without_a_session() {
    insta::assert_snapshot!(silent(Dialect::Entra, AuthorizeRefusal::LoginRequired), @r#"
    error: login_required
    error_description: AADSTS50058: DW2101 no-session-for-silent: nobody is signed in in this browser and prompt=none forbids to ask. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z
    error_uri: https://login.test:8443/docs/errors/DW2101?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20&code=50058
    state: s|1
    iss: https://login.test:8443/t/v2.0
    "#);
    insta::assert_snapshot!(silent(Dialect::EntraFlow, AuthorizeRefusal::LoginRequired), @r#"
    error: interaction_required
    error_description: AADB2C90077: DW2101 no-session-for-silent: nobody is signed in in this browser and prompt=none forbids to ask. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z
    error_uri: https://login.test:8443/docs/errors/DW2101?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20&code=90077
    state: s|1
    iss: https://login.test:8443/t/v2.0
    "#);
    insta::assert_snapshot!(silent(Dialect::Oidc, AuthorizeRefusal::SeveralAccounts { count: 2 }), @r#"
    error: account_selection_required
    error_description: DW2107 no-account-chosen: 2 accounts are signed in and the request does not say which. Trace 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    error_uri: https://login.test:8443/docs/errors/DW2107?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    state: s|1
    iss: https://login.test:8443/t/v2.0
    "#);
}

/// Applications look for `AADB2C90091` in the text.
#[test]
fn a_person_who_leaves_a_user_flow() {
    insta::assert_snapshot!(silent(Dialect::EntraFlow, AuthorizeRefusal::Cancelled), @r#"
    error: access_denied
    error_description: AADB2C90091: DW1255 cancelled-by-user: the person left the sign-in page. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z
    error_uri: https://login.test:8443/docs/errors/DW1255?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20&code=90091
    state: s|1
    iss: https://login.test:8443/t/v2.0
    "#);
}

#[test]
fn an_access_token_that_does_not_do() {
    let missing = write_challenge(Dialect::Oidc, Challenge::NoToken, &show::context());
    insta::assert_snapshot!(show::response(&missing), @r#"
    401 Unauthorized
    access-control-allow-origin: *
    access-control-expose-headers: Doorward-Trace, WWW-Authenticate, x-ms-request-id
    cache-control: no-store
    content-type: application/json
    doorward-trace: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20
    pragma: no-cache
    www-authenticate: Bearer realm="doorward"

    {
      "doorward": {
        "code": "DW3112",
        "remedy": "Send the header Authorization: Bearer with an access token",
        "slug": "silent-401",
        "trace": "9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
      },
      "error": "invalid_token",
      "error_description": "DW3112 silent-401: the request carries no access token. Trace 9c11f0d24fb14c5c8d4b7f0f8f3b1a20",
      "error_uri": "https://login.test:8443/docs/errors/DW3112?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20"
    }
    "#);
    let revoked =
        write_challenge(Dialect::Oidc, Challenge::Token(&UserinfoRefusal::Revoked), &show::context());
    insta::assert_snapshot!(revoked.headers()["www-authenticate"].to_str().unwrap(), @r#"Bearer realm="doorward", error="invalid_token", error_description="DW3156 token-revoked: the access token was revoked. Trace 9c11f0d24fb14c5c8d4b7f0f8f3b1a20", error_uri="https://login.test:8443/docs/errors/DW3156?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20""#);
    let why = UserinfoRefusal::NoOpenId { present: "notes.read".to_owned() };
    let narrow =
        write_challenge(Dialect::Entra, Challenge::Scope { why: &why, needed: "openid" }, &show::context());
    assert_eq!(narrow.status(), 403);
    insta::assert_snapshot!(narrow.headers()["www-authenticate"].to_str().unwrap(), @r#"Bearer realm="doorward", error="insufficient_scope", error_description="DW3202 insufficient-scope: userinfo needs the scope openid, the token has notes.read. Trace ID: 9c11f0d24fb14c5c8d4b7f0f8f3b1a20 Correlation ID: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff Timestamp: 2026-01-01 00:00:00Z", error_uri="https://login.test:8443/docs/errors/DW3202?trace=9c11f0d24fb14c5c8d4b7f0f8f3b1a20", scope="openid""#);
}
