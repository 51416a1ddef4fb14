//! A second factor on the way to an application: set up, asked for, used once, guessed at, lost.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::change::DirectoryChange;
use doorward_core::model::{MfaRule, TenantKey, User};
use doorward_core::needs::Need;
use doorward_crypto::totp;
use doorward_server::{SmtpSecurity, SmtpSettings};
use doorward_store::{DirectoryQuery, Entry, Paging};
use http::StatusCode;
use serde_json::Value;

use crate::support::{
    Ask, BEN, BEN_PASSWORD, Browser, Door, Landed, Page, WEB, World, authenticated, claims_of, text_of,
};

const MFA: &str = "urn:doorward:acr:mfa";
const PWD: &str = "urn:doorward:acr:pwd";

/// The seed that an authenticator app would read from the page.
fn seed_of(page: &Page) -> Vec<u8> {
    let secret = text_of(&page.html, "code", "totp-secret").expect("the secret as text");
    let mut bits = 0_u64;
    let (mut held, mut seed) = (0, Vec::new());
    for c in secret.bytes().filter(|b| *b != b' ') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'2'..=b'7' => c - b'2' + 26,
            other => panic!("{other} is not base32"),
        };
        bits = bits << 5 | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            seed.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    seed
}

fn code(world: &World, seed: &[u8]) -> String {
    totp::code_of(seed, totp::step_at(world.now()))
}

async fn rule(world: &World, mfa: MfaRule) {
    let key = TenantKey::new("meadow");
    let facts = world.app.load(world.app.now(), |_, _| vec![Need::Tenant(key.clone())]).await.unwrap();
    let before = facts.tenant(&key).expect("it is there").clone();
    let after = doorward_core::model::Tenant { mfa, ..before.clone() };
    world.change(vec![DirectoryChange::UpdateTenant { before, after }.into()]).await;
}

async fn type_code(browser: &mut Browser, page: &Page, code: &str) -> Landed {
    browser.submit(page, "second-factor", &[("code", code)]).await
}

/// Ben sets up an app at a tenant that requires it; the recovery codes are beside the seed.
async fn enrolled(world: &World) -> (Vec<u8>, Vec<String>) {
    rule(world, MfaRule::Required).await;
    let mut browser = world.browser();
    let page = world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.page();
    let page = browser.submit(&page, "enrol", &[("kind", "totp")]).await.page();
    let seed = seed_of(&page);
    let codes = browser.submit(&page, "enrol-totp", &[("code", &code(world, &seed))]).await.page();
    let listed = text_of(&codes.html, "ol", "recovery-codes").expect("recovery codes");
    world.pass(60);
    (seed, listed.split_whitespace().map(str::to_owned).collect())
}

async fn asked(world: &World, browser: &mut Browser) -> Page {
    let page = world.sign_in(browser, &Ask::of(Door::Plain, WEB), BEN).await.page();
    assert!(page.has_form("second-factor"), "{}", page.html);
    page
}

async fn stored_ben(world: &World) -> User {
    let ben = &world.cast.ben;
    let need = Need::User(ben.tenant, ben.pool, ben.id);
    let facts = world.app.load(world.app.now(), |_, _| vec![need.clone()]).await.unwrap();
    facts.user(ben.tenant, ben.pool, ben.id).expect("Ben is there").clone()
}

async fn introspected(world: &World, token: &str) -> Value {
    let (fields, headers) = authenticated(WEB, &[("token", token)]);
    world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await.ok()
}

/// The code in the newest mail of the outbox.
async fn mailed_code(world: &World) -> String {
    let page = world.app.store().list(&DirectoryQuery::Mails { page: Paging::first() }).await.unwrap();
    let mut codes = Vec::new();
    for entry in page.entries {
        let Entry::Mail(mail) = entry else { panic!("{entry:?}") };
        let sealed = URL_SAFE_NO_PAD.decode(&mail.sealed).unwrap();
        let content = world.app.sealer().open(&sealed, format!("mails/{}", mail.id).as_bytes()).unwrap();
        let content: Value = serde_json::from_slice(&content).unwrap();
        if let Some(code) = content["code"].as_str() {
            codes.push((mail.created_at, code.to_owned()));
        }
    }
    codes.into_iter().max().expect("a mail with a code").1
}

async fn id_token(world: &World, code: &str) -> Value {
    let body = world.redeem(Door::Plain, WEB, code).await.ok();
    claims_of(body["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn a_required_factor_is_set_up_on_the_way_and_told_in_the_tokens() {
    let world = World::open().await;
    rule(&world, MfaRule::Required).await;
    for door in Door::ALL {
        let silent = world.browser().frame(&Ask::of(door, WEB).with("prompt", "none").url()).await.client();
        assert_ne!(silent.error(), "", "nobody is signed in");
    }
    let mut browser = world.browser();
    let page = world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.page();
    assert!(page.has_form("enrol") && !page.has("value=\"decline\""), "{}", page.html);
    for door in Door::ALL {
        let silent = browser.frame(&Ask::of(door, WEB).with("prompt", "none").url()).await.client();
        assert_eq!(silent.error(), "interaction_required");
        assert!(silent.get("error_description").contains("DW1209"), "{silent:?}");
    }
    let page = browser.submit(&page, "enrol", &[("kind", "totp")]).await.page();
    assert!(page.has("<svg viewbox=") && page.has("otpauth://totp/Meadow%20School:ben?secret="));
    assert_eq!(page.headers["cache-control"], "no-store");
    let seed = seed_of(&page);
    for (typed, said) in [("12345", "6 digits"), ("000000", "not right"), ("", "6 digits")] {
        let again = browser.submit(&page, "enrol-totp", &[("code", typed)]).await.page();
        assert!(again.problems().contains(said), "{typed}: {}", again.problems());
        assert_eq!(seed_of(&again), seed, "the picture that was scanned stays good");
    }
    world.pass(1);
    let cookie = browser.cookie("__Host-doorward-session").expect("signed in").to_owned();
    let spaced = {
        let code = code(&world, &seed);
        format!(" {} {} ", &code[..3], &code[3..])
    };
    let codes = browser.submit(&page, "enrol-totp", &[("code", &spaced)]).await.page();
    assert_ne!(browser.cookie("__Host-doorward-session"), Some(cookie.as_str()), "changed with the strength");
    let listed = text_of(&codes.html, "ol", "recovery-codes").expect("recovery codes");
    assert_eq!(listed.split_whitespace().count(), 10);
    assert!(codes.has("data:text/plain"));
    let arrival = browser.visit(&codes.link("codes-kept")).await.client();
    let claims = id_token(&world, &arrival.code()).await;
    assert_eq!(claims["acr"], MFA);
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims["auth_time"], world.now());
    browser.frame(&Ask::of(Door::Directory, WEB).with("prompt", "none").url()).await.client().code();
}

#[tokio::test]
async fn whoever_has_a_factor_is_asked_for_it_and_a_code_counts_once() {
    let world = World::open().await;
    let (seed, _) = enrolled(&world).await;
    rule(&world, MfaRule::WhenEnrolled).await;
    let mut browser = world.browser();
    let page = asked(&world, &mut browser).await;
    let wrong = type_code(&mut browser, &page, "000000").await.page();
    assert!(wrong.problems().contains("not right") && wrong.has("aria-invalid=\"true\""), "{}", wrong.html);
    let right = code(&world, &seed);
    type_code(&mut browser, &page, &right).await.client().code();
    let mut other = world.browser();
    let page = asked(&world, &mut other).await;
    let again = type_code(&mut other, &page, &right).await.page();
    assert!(again.problems().contains("used already"), "{}", again.problems());
    world.pass(30);
    type_code(&mut other, &page, &code(&world, &seed)).await.client().code();
}

#[tokio::test]
async fn the_person_may_use_another_way_and_the_last_one_comes_first() {
    let world = World::open().await;
    let (seed, codes) = enrolled(&world).await;
    let mut browser = world.browser();
    let page = asked(&world, &mut browser).await;
    let ways = browser.visit(&page.link("other-way")).await.page();
    let recovery =
        ways.html.split("name=\"way\" value=\"").nth(2).expect("two ways").split('"').next().unwrap();
    let page = browser.submit(&ways, "ways", &[("way", recovery)]).await.page();
    assert!(page.has("recovery code"), "{}", page.html);
    let malformed = type_code(&mut browser, &page, "123456").await.page();
    assert!(malformed.problems().contains("abcd-efgh-2345"));
    let wrong = type_code(&mut browser, &page, "aaaa-bbbb-cccc").await.page();
    assert!(wrong.problems().contains("none of your recovery codes"), "{}", wrong.problems());
    type_code(&mut browser, &page, &codes[4].to_uppercase()).await.client().code();
    let mut other = world.browser();
    let page = asked(&world, &mut other).await;
    assert!(page.has("one-time-code"), "a recovery code is not what one uses every day");
    let ways = other.visit(&page.link("other-way")).await.page();
    let page = other.submit(&ways, "ways", &[("way", recovery)]).await.page();
    let used = type_code(&mut other, &page, &codes[4]).await.page();
    assert!(used.problems().contains("used before"));
    let ways = other.visit(&page.link("other-way")).await.page();
    let unknown = other.submit(&ways, "ways", &[("way", "nonsense")]).await.page();
    assert_eq!(unknown.code(), "DW1273");
    assert!(!seed.is_empty());
}

#[tokio::test]
async fn ten_guesses_and_then_the_right_code_waits() {
    let world = World::open().await;
    let (seed, codes) = enrolled(&world).await;
    let mut browser = world.browser();
    let page = asked(&world, &mut browser).await;
    for _ in 0..10 {
        let wrong = type_code(&mut browser, &page, "000000").await.page();
        assert_eq!(wrong.status, StatusCode::OK);
    }
    for right in [code(&world, &seed), codes[0].clone()] {
        let locked = type_code(&mut browser, &page, &right).await.page();
        if right.len() == 6 {
            assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
            assert!(locked.problems().contains("15 minutes"), "{}", locked.problems());
        }
    }
    world.pass(15 * 60);
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    type_code(&mut browser, &page, &code(&world, &seed)).await.client().code();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_type_one_code_at_once_one_gets_in() {
    let world = World::open().await;
    let (seed, _) = enrolled(&world).await;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut browser = world.browser();
        let page = asked(&world, &mut browser).await;
        waiting.push((browser, page));
    }
    let right = code(&world, &seed);
    let mut tasks = tokio::task::JoinSet::new();
    for (mut browser, page) in waiting {
        let right = right.clone();
        tasks.spawn(async move { type_code(&mut browser, &page, &right).await });
    }
    let (mut inside, mut used, mut locked) = (0, 0, 0);
    while let Some(landed) = tasks.join_next().await {
        match landed.unwrap() {
            Landed::Client(arrival) => {
                arrival.code();
                inside += 1;
            }
            Landed::Page(page) if page.problems().contains("used already") => used += 1,
            Landed::Page(page) if page.status == StatusCode::TOO_MANY_REQUESTS => locked += 1,
            Landed::Page(page) => panic!("{} {}", page.status, page.html),
        }
    }
    assert_eq!((inside, inside + used + locked), (1, 20), "{used} used, {locked} locked");
    assert!(used + inside >= 9, "the others were heard until the budget was spent: {used}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_who_type_one_recovery_code_at_once_one_gets_in() {
    let world = World::open().await;
    let (_, codes) = enrolled(&world).await;
    let mut waiting = Vec::new();
    for _ in 0..10 {
        let mut browser = world.browser();
        let page = asked(&world, &mut browser).await;
        let ways = browser.visit(&page.link("other-way")).await.page();
        let way =
            ways.html.split("name=\"way\" value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
        let page = browser.submit(&ways, "ways", &[("way", &way)]).await.page();
        waiting.push((browser, page));
    }
    let mut tasks = tokio::task::JoinSet::new();
    for (mut browser, page) in waiting {
        let code = codes[0].clone();
        tasks.spawn(async move { type_code(&mut browser, &page, &code).await });
    }
    let mut inside = 0;
    while let Some(landed) = tasks.join_next().await {
        match landed.unwrap() {
            Landed::Client(_) => inside += 1,
            Landed::Page(page) => assert!(page.problems().contains("used before"), "{}", page.problems()),
        }
    }
    assert_eq!(inside, 1);
}

#[tokio::test]
async fn a_wish_may_be_declined_and_a_condition_may_not() {
    let world = World::open().await;
    let mut browser = world.browser();
    let wish = Ask::of(Door::Plain, WEB).with("acr_values", MFA);
    let page = world.sign_in(&mut browser, &wish, BEN).await.page();
    let arrival = browser.submit(&page, "enrol", &[("kind", "decline")]).await.client();
    assert_eq!(id_token(&world, &arrival.code()).await["acr"], PWD);
    let api = wish.scope("openid api://notes/notes.read");
    let page = browser.visit(&api.url()).await.page();
    let refused = browser.submit(&page, "enrol", &[("kind", "decline")]).await.client();
    assert_eq!(refused.error(), "unmet_authentication_requirements");
    assert!(refused.get("error_description").contains("DW1276"), "{refused:?}");
    let claims = r#"{"id_token":{"acr":{"essential":true,"value":"urn:other:gold"}}}"#;
    let strange = browser.visit(&Ask::of(Door::Plain, WEB).with("claims", claims).url()).await.client();
    assert_eq!(strange.error(), "unmet_authentication_requirements");
    let unknown = Ask::of(Door::Plain, WEB).with("acr_values", "1 2");
    browser.visit(&unknown.url()).await.client().code();
}

#[tokio::test]
async fn a_step_up_keeps_the_session_and_strengthens_its_tokens() {
    let world = World::open().await;
    let (seed, _) = enrolled(&world).await;
    rule(&world, MfaRule::OnRequest).await;
    let mut browser = world.browser();
    let notes = Ask::of(Door::Plain, WEB).scope("openid offline_access api://notes/notes.read");
    let arrival = world.sign_in(&mut browser, &notes, BEN).await.client();
    let weak = world.redeem(Door::Plain, WEB, &arrival.code()).await.ok();
    let (id, access) =
        (claims_of(weak["id_token"].as_str().unwrap()), claims_of(weak["access_token"].as_str().unwrap()));
    assert_eq!((&id["acr"], &access["acr"]), (&Value::from(PWD), &Value::from(PWD)));
    assert_eq!(access["auth_time"], world.now());
    world.pass(40);
    let page = browser.visit(&notes.clone().with("acr_values", MFA).url()).await.page();
    let arrival = type_code(&mut browser, &page, &code(&world, &seed)).await.client();
    let strong = world.redeem(Door::Plain, WEB, &arrival.code()).await.ok();
    let (after, access) = (
        claims_of(strong["id_token"].as_str().unwrap()),
        claims_of(strong["access_token"].as_str().unwrap()),
    );
    assert_eq!((&after["acr"], &access["acr"]), (&Value::from(MFA), &Value::from(MFA)));
    assert_eq!((&after["sid"], &access["auth_time"]), (&id["sid"], &Value::from(world.now())));
    world.pass(40);
    let fresh = world.refresh(Door::Plain, WEB, strong["refresh_token"].as_str().unwrap()).await.ok();
    let access = claims_of(fresh["access_token"].as_str().unwrap());
    assert_eq!((&access["acr"], &access["auth_time"]), (&Value::from(MFA), &Value::from(world.now() - 40)));
    let seen = introspected(&world, fresh["access_token"].as_str().unwrap()).await;
    assert_eq!((&seen["acr"], &seen["auth_time"]), (&Value::from(MFA), &Value::from(world.now() - 40)));
}

#[tokio::test]
async fn a_seed_is_sealed_and_nothing_of_it_is_told() {
    let world = World::open().await;
    let (seed, codes) = enrolled(&world).await;
    let user: User = stored_ben(&world).await;
    let stored = serde_json::to_string(&user).unwrap();
    assert!(!stored.contains(&totp::base32(&seed)));
    for code in &codes {
        assert!(!stored.contains(code) && !stored.contains(&code.replace('-', "")));
    }
    assert!(!format!("{user:?}").contains("sealed_seed"));
}

#[tokio::test]
async fn a_mailed_code_is_a_factor_too() {
    let world = World::open().await;
    let settings = SmtpSettings {
        host: "mail.test".to_owned(),
        port: 465,
        security: SmtpSecurity::Tls,
        from: "door@meadow.test".to_owned(),
        credentials: None,
        ca_pem: None,
    };
    // Nothing is delivered here: the outbox is looked into.
    world.app.use_smtp(settings).unwrap();
    rule(&world, MfaRule::Required).await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let page = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    let page = browser.submit(&page, "enrol", &[("kind", "email")]).await.page();
    assert!(page.has("b\u{2022}\u{2022}\u{2022}@mail.test") && !page.has("ben@mail.test"), "{}", page.html);
    let wrong = type_code(&mut browser, &page, "000000").await.page();
    assert!(wrong.problems().contains("not right"), "{}", wrong.problems());
    let soon = browser.submit(&page, "send-code", &[]).await.page();
    assert!(soon.problems().contains("moment ago"), "{}", soon.problems());
    let mailed = mailed_code(&world).await;
    let codes = type_code(&mut browser, &page, &mailed).await.page();
    assert!(codes.has("recovery-codes"), "{}", codes.html);
    browser.visit(&codes.link("codes-kept")).await.client().code();
    world.pass(60);
    let mut other = world.browser();
    let page = other.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let page = other.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    assert!(!page.has_form("second-factor"), "a page that is only looked at sends nothing");
    let page = other.submit(&page, "send-code", &[]).await.page();
    let again = type_code(&mut other, &page, &mailed).await.page();
    assert!(again.problems().contains("not right"), "a code of another sign-in");
    let fresh = mailed_code(&world).await;
    let arrival = type_code(&mut other, &page, &fresh).await.client();
    assert_eq!(id_token(&world, &arrival.code()).await["acr"], MFA);
}
