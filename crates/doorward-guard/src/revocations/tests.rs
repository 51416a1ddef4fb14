use doorward_token::ClaimSet;
use doorward_token::revocation::{Absent, Ended};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::judge::name_of;
use super::*;

const NOW: i64 = 1_800_000_000;

fn known(before: &[(String, i64)], ended: &[(String, i64)]) -> Known {
    let written = |lines: &[(String, i64)]| lines.iter().map(|(name, at)| (name_of(name), *at)).collect();
    Known { before: written(before), ended: written(ended), issued_at: Some(NOW), ..Known::default() }
}

fn claims(value: Value) -> ClaimSet {
    let Value::Object(map) = value else { panic!("claims are an object") };
    ClaimSet::from_map(map)
}

fn of_a_person() -> ClaimSet {
    claims(json!({
        "jti": "g.n", "azp": "web", "oid": "ben", "sub": "pairwise", "idtyp": "user", "iat": NOW - 10,
        "scp": "notes.read notes.write", "scope": "notes.read notes.write", "roles": ["Notes.Editor"], "aud": "id"
    }))
}

fn of_an_app() -> ClaimSet {
    claims(json!({
        "jti": "j", "azp": "daemon", "oid": "daemon-id", "sub": "daemon-id", "idtyp": "app", "iat": NOW - 10,
        "roles": ["Notes.Read.All", "Jobs.Run"]
    }))
}

fn judged(known: &Known, claims: &ClaimSet) -> Judged {
    judge(known, claims, Some("k"), &["id".to_owned(), "api://notes".to_owned()])
}

#[test]
fn every_kind_of_end_is_found_by_what_a_token_says() {
    let user = of_a_person();
    for (line, part) in [
        (Ended::Key("k"), RevokedPart::Key),
        (Ended::Token("g.n"), RevokedPart::Token),
        (Ended::Grant("g"), RevokedPart::Grant),
    ] {
        assert_eq!(judged(&known(&[], &[(line.name(), NOW)]), &user), Judged::Revoked(part));
    }
    for (line, part) in [
        (Ended::User("ben"), RevokedPart::User),
        (Ended::Client("web"), RevokedPart::Client),
        (Ended::Tenant, RevokedPart::Tenant),
        (Ended::Api("id"), RevokedPart::Api),
        (Ended::Api("api://notes"), RevokedPart::Api),
    ] {
        let at = |at| judged(&known(&[(line.name(), at)], &[]), &user);
        assert_eq!(at(NOW - 10), Judged::Revoked(part), "the same second counts as before");
        assert_eq!(at(NOW - 11), Judged::Good, "what was issued later lives");
    }
    for line in [Ended::User("pairwise"), Ended::User("g"), Ended::Client("spa"), Ended::Api("other")] {
        assert_eq!(judged(&known(&[(line.name(), NOW)], &[]), &user), Judged::Good, "{line:?}");
    }
    let app = of_an_app();
    let of_user = known(&[(Ended::User("daemon-id").name(), NOW)], &[]);
    assert_eq!(judged(&of_user, &app), Judged::Good, "an application is nobody's account");
}

#[test]
fn a_withdrawn_permission_is_absent_and_the_rest_stays() {
    let scope = |user, scope| Absent::Scope { client: "web", api: "id", user, scope };
    let user = of_a_person();
    for (line, left) in [
        (scope(Some("ben"), Some("notes.write")), "notes.read"),
        (scope(None, Some("notes.read")), "notes.write"),
        (scope(None, None), ""),
        (scope(Some("ben"), None), ""),
        (Absent::ApiScope { api: "api://notes", scope: "notes.read" }, "notes.write"),
    ] {
        let lines = known(&[(line.name(), NOW)], &[]);
        let Judged::Reduced { claims, withdrawn } = judged(&lines, &user) else { panic!("{line:?}") };
        assert_eq!((claims.text("scp"), claims.text("scope")), (Some(left), Some(left)), "{line:?}");
        assert!(!withdrawn.is_empty());
        assert_eq!(claims.value("roles"), user.value("roles"));
    }
    for line in [
        scope(Some("ada"), None),
        Absent::Scope { client: "spa", api: "id", user: None, scope: None },
        Absent::Scope { client: "web", api: "tasks", user: None, scope: None },
        Absent::Role { holder: "web", api: "id", role: "Notes.Editor" },
    ] {
        assert_eq!(judged(&known(&[(line.name(), NOW)], &[]), &user), Judged::Good, "{line:?}");
    }
    let role = |holder, role| Absent::Role { holder, api: "id", role }.name();
    let lines = known(&[(role("daemon", "Jobs.Run"), NOW), (role("ben", "Notes.Editor"), NOW)], &[]);
    let Judged::Reduced { claims, withdrawn } = judged(&lines, &of_an_app()) else { panic!("reduced") };
    assert_eq!(
        (claims.value("roles"), withdrawn),
        (Some(&json!(["Notes.Read.All"])), vec!["Jobs.Run".to_owned()])
    );
    let Judged::Reduced { claims, .. } = judged(&lines, &user) else { panic!("reduced") };
    assert_eq!(claims.value("roles"), Some(&json!([])));
}

#[test]
fn what_is_known_grows_until_its_time_is_over() {
    let feed = |iat, before: &[(&str, i64)], ended: &[(&str, i64)]| {
        let lines = |all: &[(&str, i64)]| all.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect();
        FeedClaims { iss: "i".to_owned(), iat, exp: iat + 60, before: lines(before), ended: lines(ended) }
    };
    let first = Known::default().merged(&feed(NOW, &[("u", NOW)], &[("g", NOW + 100)]), NOW);
    assert_eq!((first.version, first.before.len(), first.ended.len()), (1, 1, 1));
    let same = first.merged(&feed(NOW + 5, &[("u", NOW)], &[("g", NOW + 100)]), NOW + 5);
    assert_eq!(same.version, 1, "verdicts about tokens hold on");
    let forgetful = same.merged(&feed(NOW + 10, &[], &[]), NOW + 10);
    assert_eq!(forgetful.before["u"], NOW, "a node that lags takes nothing back");
    let earlier = forgetful.merged(&feed(NOW + 15, &[("u", NOW - 50)], &[]), NOW + 15);
    assert_eq!((earlier.before["u"], earlier.version), (NOW, 1));
    let later = earlier.merged(&feed(NOW + 500, &[], &[]), NOW + 500);
    assert_eq!((later.ended.len(), later.before.len(), later.version), (0, 1, 2));
    let over = later.merged(&feed(NOW + 90_000, &[], &[]), NOW + 90_000);
    assert!(over.is_empty());
}

proptest! {
    /// Revocations never give: whatever the lines say, a token ends up with no more than it had.
    #[test]
    fn no_lines_add_a_permission(
        names in proptest::collection::vec("(notes\\.read|notes\\.write|Notes\\.Editor|ben|web|id)", 0..6), at in NOW - 20..NOW + 20,
    ) {
        let mut lines: Vec<(String, i64)> = Vec::new();
        for name in &names {
            lines.push((Absent::ApiScope { api: "id", scope: name }.name(), at));
            lines.push((Absent::ApiRole { api: "id", role: name }.name(), at));
            lines.push((Ended::User(name).name(), at - 15));
        }
        let user = of_a_person();
        if let Judged::Reduced { claims, .. } = judged(&known(&lines, &[]), &user) {
            for word in claims.words("scp") {
                prop_assert!(user.words("scp").contains(&word));
            }
            prop_assert!(claims.as_map().keys().eq(user.as_map().keys()));
        }
    }
}
