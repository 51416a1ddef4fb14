//! Consents and role assignments.

use doorward_core::change::{Change, DirectoryChange};
use doorward_core::facts::Answer;
use doorward_core::model::{ConsentGrant, Principal, RoleHolder, ScopeSet};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{House, NOW, after, scopes};

async fn consents(bench: &Bench, house: &House) -> Vec<ConsentGrant> {
    match bench.ask(Need::Consents(house.tenant.id, house.client.app_id, house.user.id)).await {
        Answer::Consents(rows) => rows,
        other => panic!("an engine answered {other:?}"),
    }
}

fn extend(consent: ConsentGrant) -> Change {
    DirectoryChange::ExtendConsent(consent).into()
}

fn withdraw(house: &House, principal: Principal, scopes: Option<ScopeSet>) -> Change {
    let (tenant, client, resource) = (house.tenant.id, house.client.app_id, house.resource.id);
    DirectoryChange::WithdrawConsent { tenant, client, resource, principal, scopes }.into()
}

/// Scopes add up; the last addition tells who and when.
pub async fn consent_is_a_union(bench: &Bench) {
    let house = bench.house("meadow").await;
    let mut second = house.consent("notes.write notes.read");
    (second.granted_by, second.granted_at) = (None, after(60));
    bench.commit([extend(house.consent("notes.read")), extend(second)]).await;
    let rows = consents(bench, &house).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].scopes, scopes("notes.read notes.write"));
    assert_eq!((rows[0].granted_by, rows[0].granted_at), (None, after(60)));
}

/// Withdrawing is idempotent, and leaves no empty row.
pub async fn consent_goes_with_its_last_scope(bench: &Bench) {
    let house = bench.house("meadow").await;
    let own = Principal::User(house.user.id);
    bench.commit([extend(house.consent("notes.read notes.write"))]).await;
    bench.commit([withdraw(&house, own, Some(scopes("notes.write notes.other")))]).await;
    assert_eq!(consents(bench, &house).await[0].scopes, scopes("notes.read"));
    bench.commit([withdraw(&house, own, Some(scopes("notes.read")))]).await;
    assert!(consents(bench, &house).await.is_empty());
    bench.commit([withdraw(&house, own, Some(scopes("notes.read"))), withdraw(&house, own, None)]).await;
    bench.commit([extend(house.consent("notes.read notes.write")), withdraw(&house, own, None)]).await;
    assert!(consents(bench, &house).await.is_empty());
}

/// What is given to everyone is not given to one.
pub async fn all_principals_and_one_are_two_rows(bench: &Bench) {
    let house = bench.house("meadow").await;
    let for_all = ConsentGrant { principal: Principal::All, ..house.consent("notes.read") };
    bench.commit([extend(for_all.clone()), extend(house.consent("notes.read"))]).await;
    assert_eq!(consents(bench, &house).await.len(), 2);
    bench.commit([withdraw(&house, Principal::User(house.user.id), None)]).await;
    assert_eq!(consents(bench, &house).await, vec![for_all]);
}

/// Assigning twice keeps the first; taking away twice is no conflict, whenever it was assigned.
pub async fn a_role_is_assigned_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    for holder in [RoleHolder::User(house.user.id), RoleHolder::App(house.client.app_id)] {
        let first = house.assignment(holder);
        let mut later = first.clone();
        later.assigned_at = after(60);
        let assign = |row: &_| Change::from(DirectoryChange::AssignRole(Clone::clone(row)));
        bench.commit([assign(&first), assign(&later)]).await;
        let need = Need::RoleAssignments(house.tenant.id, holder);
        let Answer::RoleAssignments(rows) = bench.ask(need.clone()).await else { panic!("wrong kind") };
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].assigned_at, NOW);
        let unassign = Change::from(DirectoryChange::UnassignRole(later));
        bench.commit([unassign.clone(), unassign]).await;
        assert_eq!(bench.ask(need).await, Answer::RoleAssignments(Vec::new()));
    }
}
