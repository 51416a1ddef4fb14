//! Texts of any script and of the greatest length.

use doorward_core::change::{Change, DirectoryChange};
use doorward_core::facts::Answer;
use doorward_core::model::{ClientId, SignInName};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{self, House, email};
use crate::{DirectoryQuery, Entry, Paging};

/// Names in any script, characters beyond the basic plane, controls inside documents.
pub async fn any_script_survives(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    for (name, same) in
        [("Ålesund", "ÅLESUND"), ("Ωμέγα", "ωΜέγα"), ("李雷", "李雷"), ("Жанна", "ЖАННА"), ("𐐀x", "𐐨X")]
    {
        let mut user = fixture::user(&tenant, name);
        user.display_name = format!("{name} \u{0}\u{7f}\u{202e}👩‍👩‍👧‍👦 \"quoted\" \\ 'single'");
        user.sign_in_names.push(email(&format!("{name}@post.test"), true));
        bench.commit([DirectoryChange::CreateUser(user.clone()).into()]).await;
        for way in [same.to_owned(), format!("{same}@POST.test"), format!("{same}@meadow.TEST")] {
            let need = Need::UserByName(tenant.id, user.pool, SignInName::canonical_form(&way));
            assert_eq!(bench.ask(need).await, Answer::User(Some(Box::new(user.clone()))), "{way}");
        }
    }
    let mut client = fixture::client(&tenant, "Läden 🛒 \u{0} end");
    client.client_id = ClientId::parse("'; DROP TABLE clients; --".replace(' ', "_").as_str()).unwrap();
    let mut line = fixture::audit(Some(tenant.id), "app.create");
    line.detail = serde_json::json!({ "\u{0}": ["\u{1f6aa}", 1.5, null, -9_007_199_254_740_993_i64] });
    bench.commit([DirectoryChange::RegisterClient(client.clone()).into(), Change::Audit(line.clone())]).await;
    assert_eq!(bench.client(&client).await, Some(client));
    let log = DirectoryQuery::Audit { tenant: None, page: Paging::first() };
    assert_eq!(bench.all(log).await, [Entry::Audit(Box::new(line))]);
}

/// The longest names that the model admits, and documents of a megabyte.
pub async fn the_longest_names_fit(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let mut user = fixture::user(&tenant, &"𐐀".repeat(64));
    user.display_name = "x".repeat(1 << 20);
    user.local_id = "l".repeat(128);
    user.sign_in_names.push(email(&format!("{}@post.test", "é".repeat(244)), true));
    let mut client = fixture::client(&tenant, &"n".repeat(4096));
    client.client_id = ClientId::parse(&"c".repeat(128)).unwrap();
    client.post_logout_redirect_uris = vec!["https://app.test/".repeat(100); 200];
    let mut resource = fixture::resource(&tenant, "big");
    resource.identifier_uris =
        (0..200).map(|number| format!("api://{}/{number}", "u".repeat(2000))).collect();
    bench
        .commit([
            Change::from(DirectoryChange::CreateUser(user.clone())),
            DirectoryChange::RegisterClient(client.clone()).into(),
            DirectoryChange::RegisterResource(resource.clone()).into(),
        ])
        .await;
    let found = Answer::User(Some(Box::new(user.clone())));
    assert_eq!(bench.ask(Need::UserInTenant(tenant.id, user.id)).await, found);
    assert_eq!(bench.client(&client).await, Some(client));
    let by_uri = Need::Resource(tenant.id, resource.identifier_uris[199].clone());
    assert_eq!(bench.ask(by_uri).await, Answer::Resource(Some(Box::new(resource))));
}
