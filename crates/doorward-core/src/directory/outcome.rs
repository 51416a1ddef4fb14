//! What a command answers: views without secrets, and the two answers that show a secret once.

use serde::{Deserialize, Serialize};

use super::{ApiView, AppView, FlowView, GrantView, Import, KeyView, TenantView, UserView};
use crate::model::{Instant, Secret};

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// An API as it is now.
    Api(Box<ApiView>),
    /// A new application, with its secret if it has one.
    AppAdded(Box<AppAdded>),
    /// An application as it is now.
    App(Box<AppView>),
    /// A user flow as it is now.
    Flow(Box<FlowView>),
    /// All user flows of the tenant.
    Flows(Vec<FlowView>),
    /// A permission granted or taken away.
    Grant(Box<GrantView>),
    /// What an import changed.
    Imported(Box<Import>),
    /// The signing keys of the tenant.
    Keys(Vec<KeyView>),
    /// Something is gone.
    Removed(Removed),
    /// A new secret.
    SecretAdded(Box<SecretAdded>),
    /// A tenant as it is now.
    Tenant(Box<TenantView>),
    /// A user as it is now.
    User(Box<UserView>),
}

/// Something that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// `app`, `user`, ...
    pub kind: String,
    /// Its name.
    pub removed: String,
    /// Its id.
    pub id: String,
}

/// A new application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppAdded {
    /// The application.
    #[serde(flatten)]
    pub app: AppView,
    /// Its secret, shown this once.
    pub client_secret: Option<ShownOnce>,
}

/// A new secret of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretAdded {
    /// The application's name.
    pub app: String,
    /// Its `client_id`.
    pub client_id: String,
    /// Public id of the secret, to remove it by.
    pub secret_id: String,
    /// What the administrator calls it.
    pub name: String,
    /// The secret, shown this once.
    pub client_secret: ShownOnce,
    /// When it ends, seconds of the Unix epoch.
    pub expires_at: Instant,
}

/// A secret on its only way out: serialises in clear, prints as `***`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownOnce(Secret);

impl ShownOnce {
    /// Wraps a fresh secret.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The text, to be shown to the administrator.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for ShownOnce {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for ShownOnce {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}
