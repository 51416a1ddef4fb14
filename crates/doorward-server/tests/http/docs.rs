//! The book of errors, the assets, and the landing page.

use doorward_server::{Landing, Settings};

use crate::support::{Ask, BASE, Door, WEB, World};

#[tokio::test]
async fn the_page_that_an_error_names_explains_it() {
    let world = World::open().await;
    let arrival =
        world.browser().visit(&Ask::of(Door::Plain, WEB).with("prompt", "none").url()).await.client();
    let page = arrival.get("error_uri").strip_prefix(BASE).unwrap().to_owned();
    let answer = world.get(&page).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
    let trace = page.split("trace=").nth(1).unwrap();
    assert!(answer.text().contains("DW2101") && answer.text().contains(trace), "{}", answer.text());
    assert!(answer.header("content-security-policy").contains("script-src 'none'"));
}

#[tokio::test]
async fn every_code_in_the_index_has_its_page() {
    let world = World::open().await;
    let index = world.get("/docs/errors").await.text();
    let codes: Vec<&str> =
        index.split("href=\"/docs/errors/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(codes.len() > 100, "{}", codes.len());
    for code in codes {
        let answer = world.get(&format!("/docs/errors/{code}")).await;
        assert!(answer.status == 200 && answer.text().contains(code), "{code}");
    }
}

#[tokio::test]
async fn codes_that_do_not_exist_are_missing_and_foreign_text_is_not_echoed() {
    let world = World::open().await;
    for path in
        ["/docs/errors/DW9999", "/docs/errors/x", "/docs/errors/%3Cscript%3E", "/docs/errors/DW1001%00"]
    {
        let answer = world.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("<script>"), "{}", answer.text());
    }
    let odd = world.get("/docs/errors/DW1101?trace=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(odd.status == 200 && !odd.text().contains("alert(1)"));
}

#[tokio::test]
async fn assets_are_kept_and_asked_for_by_tag() {
    let world = World::open().await;
    let page = world.browser().visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    for kind in ["rel=\"stylesheet\" href=\"", "rel=\"icon\" href=\"", "script src=\""] {
        let path = page.html.split(kind).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let answer = world.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let tag = answer.header("etag");
        let again = world.get_with(path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    for missing in ["/assets/nothing.css", "/assets/..%2f..%2fCargo.toml", "/assets/%2e%2e/x", "/assets/"] {
        assert_eq!(world.get(missing).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn the_landing_page_is_a_demos() {
    let world = World::open().await;
    assert_eq!(world.get("/").await.status, 404);
    let settings = Settings {
        base_url: BASE.to_owned(),
        development: true,
        trust_forwarded_for: false,
        landing: Some(Landing {
            places: vec![("Notes <b>".to_owned(), "An app".to_owned(), "https://localhost:7445/".to_owned())],
            addresses: vec![("Issuer".to_owned(), format!("{BASE}/meadow"))],
            people: Vec::new(),
            passwords: String::new(),
        }),
    };
    let demo = World::with_settings(settings).await;
    let host = [("host", "localhost:7443")];
    let page = demo.get_with("/", &host).await;
    assert!(page.status == 200 && page.text().contains("Notes &lt;b&gt;"), "{}", page.text());
    let ask = Ask::of(Door::Plain, WEB).with("redirect_uri", "https://web.test/cb/");
    let error = demo.get_with(&ask.url(), &host).await.text();
    assert!(error.contains("id=\"error-expected\""), "in development the developer is told: {error}");
    for host in ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", ""] {
        let answer = demo.get_with("/", &[("host", host)]).await;
        assert_eq!(answer.status, 421, "{host}");
    }
}
