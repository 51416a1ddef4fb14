//! Sign-up by e-mail, as a browser sees it: the code, the link, and what nobody learns.

use doorward_core::change::DirectoryChange;
use doorward_core::model::{FlowIdentity, UserFlow};
use http::StatusCode;

use crate::support::{Ask, BEN, BEN_PASSWORD, Browser, Door, Page, SPA, WEB, World, claims_of};

const GOOD: &str = "four quiet words here";

async fn world(identity: FlowIdentity) -> World {
    let world = World::open().await.with_mail();
    let flow = UserFlow { identity, ..world.cast.flow.clone() };
    world.change(vec![DirectoryChange::PutFlow(flow).into()]).await;
    world
}

async fn at_the_page(world: &World, client: &str) -> (Browser, Page) {
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Flow, client).url()).await.page();
    let page = browser.visit(&page.link("create-account")).await.page();
    (browser, page)
}

/// The page of the code.
async fn asked(world: &World, address: &str) -> (Browser, Page) {
    let (mut browser, page) = at_the_page(world, SPA).await;
    let page = browser.submit(&page, "signup-email", &[("email", address)]).await.page();
    (browser, page)
}

/// What a path of a mail's link is on our origin.
fn path_of(link: &str) -> String {
    let (_, rest) = link.split_once("://").unwrap();
    rest[rest.find('/').unwrap()..].to_owned()
}

#[tokio::test]
async fn an_account_by_address_gets_its_code_and_signs_in_with_it() {
    let world = world(FlowIdentity::Email).await;
    let (mut browser, page) = asked(&world, "Cleo@Home.test").await;
    assert!(page.path.starts_with("/flow/sign-up-code?"), "{}", page.path);
    let letter = world.letter().await;
    assert_eq!(letter.to, "Cleo@Home.test");
    let code = letter.code.unwrap();
    assert!(letter.subject.contains(&code) && letter.subject.contains("Meadow School"), "{}", letter.subject);
    let typed = [("code", code.as_str()), ("display_name", "Cleo"), ("password", GOOD)];
    let arrival = browser.submit(&page, "signup-code", &typed).await.client();
    let body = world.redeem(Door::Flow, SPA, &arrival.code()).await.ok();
    let claims = claims_of(body["id_token"].as_str().unwrap());
    assert_eq!(claims["newUser"], true);
    let mut later = world.browser();
    let page = later.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    later.sign_in(&page, ("cleo@home.test", GOOD)).await.client();
    let mut twice = world.browser();
    let page = twice.visit(&Ask::of(Door::Flow, SPA).url()).await.page();
    let _ = page;
    assert!(world.letters().await.is_empty(), "one mail, no more");
}

#[tokio::test]
async fn with_a_user_name_beside_the_address_both_are_names() {
    let world = world(FlowIdentity::Both).await;
    let (mut browser, page) = asked(&world, "cleo@home.test").await;
    let code = world.letter().await.code.unwrap();
    let typed = |name| [("code", code.as_str()), ("username", name), ("password", GOOD)];
    let page = browser.submit(&page, "signup-code", &typed(BEN)).await.page();
    assert!(page.problems().contains("taken"), "{}", page.problems());
    let arrival = browser.submit(&page, "signup-code", &typed("cleo")).await.client();
    assert!(!arrival.code().is_empty(), "the same code counts: nothing was made with it before");
    for name in ["cleo", "CLEO@home.test"] {
        let mut later = world.browser();
        let page = later.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
        later.sign_in(&page, (name, GOOD)).await.client();
    }
}

#[tokio::test]
async fn the_page_says_the_same_whether_an_account_has_the_address_or_not() {
    let world = world(FlowIdentity::Email).await;
    let (_, free) = asked(&world, "cleo@mail.test").await;
    let code = world.letter().await.code;
    let (mut browser, held) = asked(&world, "bens@mail.test").await;
    world.letters().await;
    let (mut owner, taken) = asked(&world, "ben@mail.test").await;
    let letter = world.letter().await;
    assert!(code.is_some() && letter.code.is_none(), "no code for somebody who has an account");
    assert!(letter.text.contains("You have one already"), "{}", letter.text);
    let words = |page: &Page, address: &str| {
        let sealed = page.form("signup-code").hidden.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        let mut html = page.html.replace(address, "ADDRESS");
        for value in sealed {
            html = html.replace(&value, "SEALED");
        }
        // What is sealed anew in each link.
        html.split("flow=")
            .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest))
            .collect::<String>()
    };
    assert_eq!(words(&free, "cleo@mail.test"), words(&taken, "ben@mail.test"));
    for (browser, page) in [(&mut browser, &held), (&mut owner, &taken)] {
        let typed = [("code", "000000"), ("password", GOOD)];
        let page = browser.submit(page, "signup-code", &typed).await.page();
        assert!(page.problems().contains("not right"), "{}", page.problems());
    }
}

#[tokio::test]
async fn everything_to_mend_is_said_at_once_and_costs_no_guess() {
    let world = world(FlowIdentity::Email).await;
    for (typed, problem) in
        [("", "enter your e-mail"), ("nobody", "e-mail address such as"), ("a@b", "such as")]
    {
        let (mut browser, page) = at_the_page(&world, WEB).await;
        let page = browser.submit(&page, "signup-email", &[("email", typed)]).await.page();
        assert!(page.problems().contains(problem), "{typed}: {}", page.problems());
    }
    let (mut browser, mut page) = asked(&world, "cleo@home.test").await;
    let code = world.letter().await.code.unwrap();
    for (typed, password, problem) in [
        ("", GOOD, "6 digits"),
        ("12345", GOOD, "6 digits"),
        ("<script>", GOOD, "6 digits"),
        (code.as_str(), "short", "at least 8"),
        (code.as_str(), "", "enter your password"),
        (code.as_str(), "cleo and cleo", "easy to guess"),
        (code.as_str(), "password123", "easy to guess"),
    ] {
        page = browser.submit(&page, "signup-code", &[("code", typed), ("password", password)]).await.page();
        assert!(page.problems().contains(problem), "{typed} {password}: {}", page.problems());
        assert!(!page.has("<script>") && (password.is_empty() || !page.has(&format!("\"{password}\""))));
    }
    let typed = [("code", code.as_str()), ("password", GOOD)];
    browser.submit(&page, "signup-code", &typed).await.client();
}

#[tokio::test]
async fn a_link_opened_by_a_scanner_uses_nothing_up() {
    let world = world(FlowIdentity::Email).await;
    let (mut browser, _) = asked(&world, "cleo@home.test").await;
    let letter = world.letter().await;
    let (code, link) = (letter.code.unwrap(), path_of(&letter.link.unwrap()));
    for _ in 0..20 {
        let mut scanner = world.browser();
        let page = scanner.visit(&link).await.page();
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.has(&code) && !page.html.contains("<form"), "it shows the code, and nothing to press");
        assert!(scanner.cookie("__Host-doorward-session").is_none());
    }
    let head = http::Request::head(&link).body(axum::body::Body::empty()).unwrap();
    assert_eq!(world.send(head).await.status, StatusCode::OK);
    let posted = world.post(&link, &[("code", &code)]).await;
    assert!(posted.status.is_client_error(), "{}", posted.status);
    let page = browser.visit(&link).await.page();
    assert!(page.has(&format!("value=\"{code}\"")), "the browser that asked goes on with one press");
    let typed = [("code", code.as_str()), ("password", GOOD)];
    browser.submit(&page, "signup-code", &typed).await.client();
}

#[tokio::test]
async fn a_strange_or_late_link_is_refused_in_words() {
    let world = world(FlowIdentity::Email).await;
    let (_, _) = asked(&world, "cleo@home.test").await;
    let link = path_of(&world.letter().await.link.unwrap());
    for bad in ["/flow/mail?l=", "/flow/mail?l=AAAA", "/flow/mail?l=%00", &format!("{link}x"), &link[..60]] {
        let page = world.browser().visit(bad).await.page();
        assert!(page.status.is_client_error(), "{bad}: {}", page.status);
    }
    world.pass(600);
    let page = world.browser().visit(&link).await.page();
    assert_eq!(page.code(), "DW5450");
}

#[tokio::test]
async fn the_code_of_one_browser_does_not_work_in_another() {
    let world = world(FlowIdentity::Email).await;
    let (_, _) = asked(&world, "cleo@home.test").await;
    let code = world.letter().await.code.unwrap();
    let (mut other, page) = asked(&world, "cleo@home.test").await;
    let own = world.letter().await.code.unwrap();
    if own != code {
        let typed = [("code", code.as_str()), ("password", GOOD)];
        let page = other.submit(&page, "signup-code", &typed).await.page();
        assert!(page.problems().contains("not right"), "{}", page.problems());
    }
    let mut thief = world.browser();
    let stolen = page.form("signup-code");
    let mut fields: Vec<(&str, &str)> =
        stolen.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("code", own.as_str()), ("password", GOOD)]);
    let refused = thief.post(&stolen.action, &fields).await.page();
    assert_eq!(refused.code(), "DW1254", "the form of another browser");
    other.submit(&page, "signup-code", &[("code", &own), ("password", GOOD)]).await.client();
}

#[tokio::test]
async fn another_mail_waits_half_a_minute_and_voids_the_code_before() {
    let world = world(FlowIdentity::Email).await;
    let (mut browser, page) = asked(&world, "cleo@home.test").await;
    let first = world.letter().await.code.unwrap();
    let soon = browser.submit(&page, "resend", &[]).await.page();
    assert!(soon.problems().contains("30 seconds"), "{}", soon.problems());
    assert!(world.letters().await.is_empty());
    world.pass(31);
    let page = browser.submit(&page, "resend", &[]).await.page();
    assert!(page.has("sent another mail"), "{}", page.html);
    let second = world.letter().await.code.unwrap();
    if first != second {
        let typed = [("code", first.as_str()), ("password", GOOD)];
        let page = browser.submit(&page, "signup-code", &typed).await.page();
        assert!(page.problems().contains("not right"), "{}", page.problems());
    }
    browser.submit(&page, "signup-code", &[("code", &second), ("password", GOOD)]).await.client();
}

#[tokio::test]
async fn five_mails_an_hour_go_to_one_address_whoever_asks() {
    let world = world(FlowIdentity::Email).await;
    for _ in 0..5 {
        asked(&world, "cleo@home.test").await;
    }
    assert_eq!(world.letters().await.len(), 5);
    let (_, page) = asked(&world, "CLEO@home.test").await;
    assert!(page.problems().contains("Too many mails"), "{}", page.problems());
    assert!(world.letters().await.is_empty());
    asked(&world, "other@home.test").await;
    assert_eq!(world.letters().await.len(), 1, "another address is another budget");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_never_exceed_the_budget() {
    let world = world(FlowIdentity::Email).await;
    let (mut browser, page) = asked(&world, "cleo@home.test").await;
    let code = world.letter().await.code.unwrap();
    let wrong = if code == "111111" { "222222" } else { "111111" };
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let (mut browser, page) = (browser.clone(), page.clone());
        guesses.spawn(async move {
            let typed = [("code", wrong), ("password", GOOD)];
            browser.submit(&page, "signup-code", &typed).await.page().problems()
        });
    }
    let problems = guesses.join_all().await;
    let looked_at = problems.iter().filter(|text| text.contains("not right")).count();
    assert_eq!(looked_at, 5, "{problems:?}");
    let page = browser.submit(&page, "signup-code", &[("code", &code), ("password", GOOD)]).await.page();
    assert!(page.problems().contains("Too many wrong codes"), "the right one comes too late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_makes_one_account() {
    let world = world(FlowIdentity::Email).await;
    let (browser, page) = asked(&world, "cleo@home.test").await;
    let code = world.letter().await.code.unwrap();
    let mut both = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (mut browser, page, code) = (browser.clone(), page.clone(), code.clone());
        both.spawn(async move {
            let typed = [("code", code.as_str()), ("password", GOOD)];
            matches!(browser.submit(&page, "signup-code", &typed).await, crate::support::Landed::Client(_))
        });
    }
    assert_eq!(both.join_all().await.into_iter().filter(|made| *made).count(), 1);
}

#[tokio::test]
async fn without_a_mail_server_the_page_says_so() {
    let world = World::open().await;
    let flow = UserFlow { identity: FlowIdentity::Email, ..world.cast.flow.clone() };
    world.change(vec![DirectoryChange::PutFlow(flow).into()]).await;
    let (mut browser, page) = at_the_page(&world, WEB).await;
    assert!(page.problems().contains("No mail can be sent"), "{}", page.problems());
    let page = browser.submit(&page, "signup-email", &[("email", "cleo@home.test")]).await.page();
    assert!(page.problems().contains("No mail can be sent"), "{}", page.problems());
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Flow, WEB).url()).await.page();
    assert!(!page.has("id=\"forgot\""), "nor is a reset offered");
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
}
