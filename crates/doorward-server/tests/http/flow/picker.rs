//! The account picker as a page.

use crate::support::{ADA, ADA_PASSWORD, Ask, BEN, Door, STATE, WEB, World};

#[tokio::test]
async fn select_account_shows_even_one_account_and_cancel_leads_back() {
    let world = World::open().await;
    let mut browser = world.browser();
    let ask = Ask::of(Door::Plain, WEB).with("prompt", "select_account");
    let nobody = browser.visit(&ask.url()).await.page();
    assert!(nobody.has_form("signin"), "there is nothing to select");
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let page = browser.visit(&ask.url()).await.page();
    assert!(page.has_form("picker") && page.has("Ben &lt;Fern&gt;"), "{}", page.html);
    let arrival = browser.visit(&page.link("cancel")).await.client();
    assert_eq!((arrival.error(), arrival.get("state")), ("access_denied", STATE));
}

#[tokio::test]
async fn login_beside_select_account_asks_the_chosen_one_for_the_password() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).with("login_hint", ADA).url()).await.page();
    browser.sign_in(&page, (ADA, ADA_PASSWORD)).await.client();
    let ask = Ask::of(Door::Plain, WEB).with("prompt", "login select_account");
    let page = browser.visit(&ask.url()).await.page();
    let rows = page.form("picker").inner;
    let first = rows.split("value=\"").nth(2).and_then(|rest| rest.split('"').next()).unwrap();
    let page = browser.submit(&page, "picker", &[("account", first)]).await.page();
    assert!(page.has("Confirm that it is you"), "{}", page.html);
}

#[tokio::test]
async fn accounts_of_a_tenant_are_not_offered_at_another_ones_door() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let tenant = doorward_core::model::Tenant {
        id: doorward_core::model::TenantId::random([77; 16]),
        name: doorward_core::model::TenantName::parse("forest").unwrap(),
        domain: "forest.test".to_owned(),
        ..world.cast.tenant.clone()
    };
    let pool = doorward_core::model::UserPool {
        tenant: tenant.id,
        id: tenant.default_pool,
        name: "People".to_owned(),
    };
    let mut client = doorward_core::model::Client { tenant: tenant.id, ..world.cast.spa.clone() };
    client.app_id = doorward_core::model::AppId::random([78; 16]);
    world
        .change(vec![
            doorward_core::change::DirectoryChange::CreateTenant(tenant, pool).into(),
            doorward_core::change::DirectoryChange::RegisterClient(client).into(),
        ])
        .await;
    let elsewhere = Ask::of(Door::Plain, "spa").at("/forest/oauth2/authorize");
    let page = browser.visit(&elsewhere.url()).await.page();
    assert!(page.has_form("signin"), "{}", page.html);
    let silent = browser.visit(&elsewhere.with("prompt", "none").url()).await.client();
    assert_eq!(silent.error(), "login_required");
}
