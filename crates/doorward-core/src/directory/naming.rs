//! How a command's words find their things, and which name was probably meant.

use super::PermissionRef;
use crate::facts::Facts;
use crate::model::{AppId, Client, ClientId, Resource, SignInName, Tenant, User, UserId};
use crate::needs::Need;
use crate::refusal::{DirectoryRefusal, quote};

/// Longer words name nothing; they are not asked for.
const LONGEST_NAME: usize = 300;

pub(super) fn app_needs(text: &str, tenant: &Tenant, all: &mut Vec<Need>) {
    if let Ok(client_id) = ClientId::parse(text) {
        all.push(Need::Client(tenant.id, client_id));
    }
    if let Ok(app) = AppId::parse(text) {
        all.push(Need::ClientByApp(tenant.id, app));
    }
}

/// The application with that `client_id`, else with that id.
pub(super) fn app<'a>(text: &str, tenant: &Tenant, facts: &'a Facts) -> Result<&'a Client, DirectoryRefusal> {
    let by_client_id = ClientId::parse(text).ok().and_then(|id| facts.client(tenant.id, &id));
    by_client_id
        .or_else(|| AppId::parse(text).ok().and_then(|id| facts.client_by_app(tenant.id, id)))
        .ok_or_else(|| not_found("app", text))
}

pub(super) fn api_needs(text: &str, tenant: &Tenant, all: &mut Vec<Need>) {
    if text.len() <= LONGEST_NAME {
        all.push(Need::Resource(tenant.id, text.to_lowercase()));
    }
}

/// The API with that short name, identifier URI or id.
pub(super) fn api<'a>(
    text: &str,
    tenant: &Tenant,
    facts: &'a Facts,
) -> Result<&'a Resource, DirectoryRefusal> {
    if text.len() > LONGEST_NAME {
        return Err(not_found("api", text));
    }
    facts.resource(tenant.id, text).ok_or_else(|| not_found("api", text))
}

pub(super) fn user_needs(text: &str, tenant: &Tenant, all: &mut Vec<Need>) {
    if let Ok(id) = UserId::parse(text) {
        all.push(Need::UserInTenant(tenant.id, id));
    } else if text.len() <= LONGEST_NAME {
        all.push(Need::UserByName(tenant.id, tenant.default_pool, SignInName::canonical_form(text)));
    }
}

/// The user with that id, sign-in name or user principal name.
pub(super) fn user<'a>(text: &str, tenant: &Tenant, facts: &'a Facts) -> Result<&'a User, DirectoryRefusal> {
    if text.len() > LONGEST_NAME {
        return Err(not_found("user", text));
    }
    match UserId::parse(text) {
        Ok(id) => facts.user_in_tenant(tenant.id, id),
        Err(_) => facts.user_by_name(tenant.id, tenant.default_pool, &SignInName::canonical_form(text)),
    }
    .ok_or_else(|| not_found("user", text))
}

/// The API that a permission belongs to.
pub(super) fn api_of<'a>(
    permission: &PermissionRef,
    tenant: &Tenant,
    facts: &'a Facts,
) -> Result<&'a Resource, DirectoryRefusal> {
    api(permission.api(), tenant, facts)
}

pub(super) fn not_found(kind: &'static str, text: &str) -> DirectoryRefusal {
    DirectoryRefusal::NotFound { kind, name: quote(text, 80), nearest: None }
}

/// No such `kind` among `names`; says which of them was probably meant.
pub(super) fn not_among<'n>(
    kind: &'static str,
    text: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> DirectoryRefusal {
    DirectoryRefusal::NotFound { kind, name: quote(text, 80), nearest: nearest(text, names) }
}

/// The name that was probably meant: the one it begins, or the one with the fewest wrong letters, at most a third of it.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    if wanted.is_empty() || wanted.len() > LONGEST_NAME {
        return None;
    }
    let allowed = (wanted.chars().count() / 3).max(1);
    names
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = if wanted.len() >= 2 && lower.starts_with(&wanted) {
                1
            } else {
                distance(&wanted, &lower, allowed)?
            };
            Some((distance, name))
        })
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Letters to insert, remove, replace or swap with their neighbour, if at most `allowed`.
fn distance(a: &str, b: &str, allowed: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|distance| *distance <= allowed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_probable_name_is_near_or_begins_so() {
        let names = ["ada", "ben.fern", "notes-web", "notes-spa"];
        assert_eq!(nearest("ben", names).as_deref(), Some("ben.fern"));
        assert_eq!(nearest("notes-wbe", names).as_deref(), Some("notes-web"));
        assert_eq!(nearest("NOTES-SPA", names).as_deref(), Some("notes-spa"));
        assert_eq!(nearest("zebra", names), None);
        assert_eq!(nearest("", names), None);
    }

    proptest! {
        #[test]
        fn a_name_is_nearest_to_itself(name in "[a-z]{1,20}", other in "[0-9]{1,20}") {
            prop_assert_eq!(nearest(&name, [other.as_str(), name.as_str()]), Some(name.clone()));
        }

        #[test]
        fn no_text_makes_it_panic(wanted in ".{0,60}", name in ".{0,60}") {
            let _ = nearest(&wanted, [name.as_str()]);
        }
    }
}
