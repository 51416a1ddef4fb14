//! A user as administrators see it: no password hash.

use serde::{Deserialize, Serialize};

use crate::journey::factor::{self, FactorView};
use crate::model::{DirectoryRole, Instant, PoolId, SignInKind, Tenant, User, UserId};

/// A user as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// `oid` in tokens.
    pub id: UserId,
    /// The pool it lives in.
    pub pool: PoolId,
    /// The second, textual id.
    pub local_id: String,
    /// The name the person signs in with.
    pub username: String,
    /// `{user name}@{domain}` of an account with a user name.
    pub user_principal_name: Option<String>,
    /// What people read.
    pub display_name: String,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Every name.
    pub sign_in_names: Vec<SignInNameView>,
    /// Whether it has a password.
    pub has_password: bool,
    /// Second factors, oldest first.
    #[serde(default)]
    pub factors: Vec<FactorView>,
    /// Roles over the directory.
    pub roles: Vec<DirectoryRole>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// What was issued before this moment is dead, seconds of the Unix epoch.
    pub epoch: Instant,
    /// When it was created, seconds of the Unix epoch.
    pub created_at: Instant,
}

/// One name of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInNameView {
    /// User name or e-mail.
    pub kind: SignInKind,
    /// As the person wrote it.
    pub value: String,
    /// Whether it may be used to sign in.
    pub proven: bool,
}

impl UserView {
    /// The view of a user of that tenant.
    pub fn new(user: &User, tenant: &Tenant) -> Self {
        let user_name = user.sign_in_names.iter().find(|name| name.kind == SignInKind::UserName);
        Self {
            id: user.id,
            pool: user.pool,
            local_id: user.local_id.clone(),
            username: user.sign_in_name().to_owned(),
            user_principal_name: user_name.map(|name| tenant.user_principal_name(&name.value)),
            display_name: user.display_name.clone(),
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            sign_in_names: user
                .sign_in_names
                .iter()
                .map(|name| SignInNameView {
                    kind: name.kind,
                    value: name.value.clone(),
                    proven: name.proven,
                })
                .collect(),
            has_password: user.password.is_some(),
            factors: factor::list(user),
            roles: user.roles.clone(),
            disabled: user.disabled,
            epoch: user.epoch,
            created_at: user.created_at,
        }
    }
}
