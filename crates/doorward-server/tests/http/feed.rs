//! An API's registration, as enforcers fetch it.

use crate::support::{BASE, Door, World};

#[tokio::test]
async fn a_registration_names_audiences_and_every_issuer_with_its_keys() {
    let world = World::open().await;
    for path in [
        "/feed/meadow/apis/notes".to_owned(),
        "/feed/MEADOW/apis/Notes".to_owned(),
        format!("/feed/meadow.test/apis/{}", world.cast.notes.id),
        format!("/feed/{}/apis/api%3A%2F%2Fnotes", world.cast.tenant.id),
    ] {
        let answer = world.get(&path).await;
        let body = answer.ok();
        assert_eq!((&body["name"], &body["profile"]), (&"notes".into(), &"ms-v2".into()), "{path}");
        let audiences = body["audiences"].as_array().unwrap();
        assert!(audiences.contains(&world.cast.notes.id.to_string().into()), "{body}");
        let issuers: Vec<&str> =
            body["issuers"].as_array().unwrap().iter().map(|i| i["issuer"].as_str().unwrap()).collect();
        assert_eq!(issuers, [Door::Directory.issuer().as_str(), Door::Flow.issuer().as_str()]);
        for issuer in body["issuers"].as_array().unwrap() {
            let keys = issuer["jwks_uri"].as_str().unwrap().strip_prefix(BASE).unwrap();
            world.get(keys).await.ok();
        }
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
        assert_eq!(answer.header("doorward-trace").len(), 32);
    }
    let body = world.get("/feed/meadow/apis/tasks").await.ok();
    assert_eq!(body["profile"], "generic");
    assert_eq!(body["issuers"].as_array().unwrap().len(), 1, "flows do not change a plain API's issuer");
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let world = World::open().await;
    for path in [
        "/feed/meadow/apis/nothing",
        "/feed/forest/apis/notes",
        "/feed/meadow/apis/%00",
        "/feed/%FF/apis/notes",
        "/feed/meadow/apis/..%2f..%2fetc",
    ] {
        let answer = world.get(path).await;
        assert!(answer.status == 404 || answer.status == 400, "{path} {}", answer.text());
    }
    world.get("/feed/meadow/apis/nothing").await.json();
    let disabled = doorward_core::model::Resource { disabled: true, ..world.cast.notes.clone() };
    let before = world.cast.notes.clone();
    let change = doorward_core::change::DirectoryChange::UpdateResource { before, after: disabled };
    world.change(vec![change.into()]).await;
    assert_eq!(world.get("/feed/meadow/apis/notes").await.status, 404);
    let posted = world.post("/feed/meadow/apis/tasks", &[]).await;
    assert_eq!((posted.status.as_u16(), posted.header("allow")), (405, "GET"));
}
