//! Which tokens count: nothing but an access token of a trusted issuer for this API, of the kind the route is for.

use doorward_crypto::SigningKey;
use doorward_crypto::digest::hmac_sha256;
use doorward_token::jose::{Algorithm, JwkSet, KeyMaterial, base64url};
use serde_json::{Value, json};

use crate::stage::{ISSUER, NOW, Stage, call, call_with, claims_of};

/// A value with one member set.
fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn unsigned_parts(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(claims.to_string()))
}

#[tokio::test]
async fn exactly_the_granted_scope_opens_the_route() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let read = stage.user("notes.read");
    let listed = call(&guard, "GET", "/notes", &read).await;
    assert_eq!(listed.status, 200, "{listed:?}");
    assert_eq!(
        listed.body["caller"],
        json!({"sub": "ben", "client": "web", "route": "listNotes", "kind": "user"})
    );
    let deleted = call(&guard, "DELETE", "/notes/7", &read).await;
    assert_eq!((deleted.status, deleted.code()), (403, "DW3202"));
    assert_eq!(call(&guard, "DELETE", "/notes/7", &stage.user("notes.write notes.read")).await.status, 200);
    assert_eq!(call(&guard, "DELETE", "/notes/7", &stage.user("notes.write")).await.status, 403);
}

#[tokio::test]
async fn a_token_that_is_not_an_access_token_for_this_api_is_401() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let good = claims_of("notes.read");
    let mut unmarked = good.clone();
    unmarked.as_object_mut().unwrap().remove("idtyp");
    let id_token = json!({
        "iss": good["iss"], "aud": "api://notes", "sub": "ben", "nonce": "n", "iat": NOW, "exp": NOW + 3_600, "at_hash": "x"
    });
    let custom = json!({
        "iss": ISSUER, "sub": "ben", "uid": "ben", "iat": NOW, "exp": NOW + 3_600,
        "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
    });
    for (what, claims, code) in [
        ("an ID token, although its audience fits", id_token, "DW3101"),
        ("an access token with the marks of an ID token", with(good.clone(), "nonce", json!("n")), "DW3101"),
        ("an access token without its kind mark", unmarked, "DW3101"),
        ("an unknown kind", with(good.clone(), "idtyp", json!("device")), "DW3101"),
        ("a refresh token", with(good.clone(), "typ", json!("Refresh")), "DW3101"),
        ("another API's token", with(good.clone(), "aud", json!("api://calendar")), "DW3105"),
        ("an audience that only begins alike", with(good.clone(), "aud", json!("api://notes/")), "DW3105"),
        ("another issuer's token", with(good.clone(), "iss", json!("https://id.test/home")), "DW3106"),
        (
            "an issuer with one slash more",
            with(good.clone(), "iss", json!("https://id.test/meadow/")),
            "DW3106",
        ),
        ("an expired token", with(good.clone(), "exp", json!(NOW - 61)), "DW3108"),
        ("a token without an end", with(good.clone(), "exp", Value::Null), "DW3155"),
        ("a token of tomorrow", with(good.clone(), "nbf", json!(NOW + 86_400)), "DW3154"),
        ("a token of another clock", with(good.clone(), "iat", json!(NOW + 86_400)), "DW5102"),
        ("an invitation to sign in", custom, "DW3103"),
    ] {
        let answer = call(&guard, "GET", "/notes", &stage.token(claims)).await;
        assert_eq!((answer.status, answer.code()), (401, code), "{what}: {answer:?}");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{what}");
    }
    let dressed = stage.token_with(good.clone(), |header| header.typ = Some("rt+jwt".into()));
    assert_eq!(call(&guard, "GET", "/notes", &dressed).await.code(), "DW3101");
    for text in ["", "x", "a.b.c", "dwo_abc", "a b", "..", "e30.e30.e30"] {
        let answer = call(&guard, "GET", "/notes", text).await;
        assert_eq!(answer.status, 401, "{text}");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{text}");
    }
}

#[tokio::test]
async fn a_signature_counts_only_by_the_issuers_key_and_its_algorithm() {
    let stage = Stage::set(Algorithm::RS256).await;
    let guard = stage.guard();
    let claims = claims_of("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &stage.token(claims.clone())).await.status, 200);

    let none = format!("{}.", unsigned_parts(&json!({"alg": "none", "typ": "JWT"}), &claims));
    let unsigned = call(&guard, "GET", "/notes", &none).await;
    assert_eq!(unsigned.status, 401);

    // The classic confusion: the public key as an HMAC secret, in the forms in which people hold it.
    let jwk = stage.key.public_jwk();
    let KeyMaterial::Rsa { n, .. } = &jwk.key else { panic!("an RSA key") };
    let published = serde_json::to_string(&JwkSet::new([jwk.clone()])).unwrap();
    for secret in [n.as_slice(), published.as_bytes(), base64url::encode(n).as_bytes()] {
        let input = unsigned_parts(&json!({"alg": "HS256", "typ": "JWT", "kid": stage.key.kid()}), &claims);
        let mac = base64url::encode(hmac_sha256(secret, input.as_bytes()));
        let forged = call(&guard, "GET", "/notes", &format!("{input}.{mac}")).await;
        assert_eq!((forged.status, forged.code()), (401, "DW3153"));
    }

    let other = SigningKey::generate(Algorithm::RS256).unwrap();
    let good = stage.token(claims.clone());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", base64url::encode(other.sign(signed.as_bytes()).unwrap()));
    assert_eq!(call(&guard, "GET", "/notes", &forged).await.code(), "DW3151");
    for member in ["jku", "jwk", "x5u", "crit", "zip", "b64"] {
        let mut header = json!({"alg": "RS256", "kid": other.kid()});
        header[member] = if member == "jwk" {
            serde_json::to_value(other.public_jwk()).unwrap()
        } else {
            json!("https://evil.test/keys")
        };
        let input = unsigned_parts(&header, &claims);
        let token = format!("{input}.{}", base64url::encode(other.sign(input.as_bytes()).unwrap()));
        let answer = call(&guard, "GET", "/notes", &token).await;
        assert_eq!((answer.status, answer.code()), (401, "DW3152"), "{member}: {answer:?}");
    }
}

#[tokio::test]
async fn an_app_and_a_user_are_not_interchangeable() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    assert_eq!(call(&guard, "GET", "/notes", &stage.app(&["Notes.Read.All"])).await.status, 200);
    let me = call(&guard, "GET", "/me", &stage.app(&["Notes.Read.All"])).await;
    assert_eq!(
        (me.status, me.code(), me.body["reason"].as_str()),
        (403, "DW3204", Some("token_kind_mismatch"))
    );
    let delegated = call(&guard, "POST", "/jobs", &stage.user("notes.read notes.write")).await;
    assert_eq!((delegated.status, delegated.code()), (403, "DW3205"));
    let roleless = call(&guard, "GET", "/notes", &stage.app(&[])).await;
    assert_eq!(
        (roleless.status, roleless.code(), roleless.body["reason"].as_str()),
        (403, "DW3003", Some("missing_role"))
    );
    let other_role = call(&guard, "POST", "/jobs", &stage.app(&["Notes.Read.All"])).await;
    assert_eq!((other_role.status, other_role.code()), (403, "DW3254"));
    let scoped_app = with(claims_of("notes.read notes.write"), "idtyp", json!("app"));
    assert_eq!(call(&guard, "DELETE", "/notes/7", &stage.token(scoped_app)).await.code(), "DW3204");
    let with_role = with(claims_of(""), "roles", json!(["Notes.Read.All"]));
    assert_eq!(call(&guard, "GET", "/notes", &stage.token(with_role)).await.code(), "DW3202");
    assert_eq!(call(&guard, "GET", "/me", &stage.user("")).await.status, 200);
}

#[tokio::test]
async fn an_array_of_scopes_opens_nothing() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let claims = with(claims_of("notes.read"), "scp", json!(["notes.read"]));
    assert_eq!(call(&stage.guard(), "GET", "/notes", &stage.token(claims)).await.code(), "DW3202");
}

#[tokio::test]
async fn what_is_not_declared_is_not_served_even_where_the_router_has_it() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let all = stage.user("notes.read notes.write");
    for (method, path, status, code) in [
        ("GET", "/forgotten", 404, "DW3250"),
        ("GET", "/nowhere", 404, "DW3250"),
        ("GET", "/notes/", 404, "DW3250"),
        ("POST", "/notes", 405, "DW3252"),
        ("HEAD", "/notes", 405, "DW3252"),
        ("OPTIONS", "/notes", 405, "DW3252"),
        ("TRACE", "/health", 405, "DW3252"),
        ("GET", "/notes/%2e%2e", 400, "DW3251"),
        ("GET", "/notes/a%2fb", 400, "DW3251"),
        ("GET", "/notes/x;y", 400, "DW3251"),
        ("GET", "//notes", 400, "DW3251"),
        ("GET", "/notes/%252e", 400, "DW3251"),
    ] {
        for headers in [vec![], vec![("authorization", format!("Bearer {all}"))]] {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = call_with(&guard, method, path, &headers).await;
            assert_eq!(answer.status, status, "{method} {path}");
            if method != "HEAD" {
                assert_eq!(answer.code(), code, "{method} {path}");
            }
        }
    }
    assert_eq!(call(&guard, "POST", "/notes", &all).await.header("allow"), "GET");
    assert_eq!(call(&guard, "GET", "/notes/ben%40meadow.test", &all).await.status, 200);
}

#[tokio::test]
async fn the_public_route_is_open_and_knows_no_caller() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    for headers in [
        &[][..],
        &[("authorization", "Bearer garbage")],
        &[("authorization", "Bearer a"), ("authorization", "x")],
    ] {
        let answer = call_with(&guard, "GET", "/health", headers).await;
        assert_eq!((answer.status, &answer.body["caller"]), (200, &Value::Null));
    }
    assert_eq!(stage.key_fetches(), 0);
}

#[tokio::test]
async fn a_caller_cannot_name_itself() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let bearer = format!("Bearer {}", stage.user("notes.read"));
    let sent = [
        ("authorization", bearer.as_str()),
        ("x-forwarded-user", "ada"),
        ("x_forwarded_user", "ada"),
        ("doorward-decision", "x"),
        ("x-http-method-override", "DELETE"),
        ("accept", "*/*"),
    ];
    let answer = call_with(&stage.guard(), "GET", "/notes", &sent).await;
    let mut headers: Vec<_> =
        answer.body["headers"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    headers.sort_unstable();
    assert_eq!(headers, ["accept", "authorization"]);
}
