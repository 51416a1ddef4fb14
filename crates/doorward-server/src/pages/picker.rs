//! The account picker: which of the signed-in accounts goes on.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AccountCard, AppCard, Form, Frame, Href};

/// One row per account. Form id `picker`; every row is a button `account` = its reference, and the last one
/// (id `use-another`) is `account` = [`USE_ANOTHER`]; hidden `flow`.
#[derive(Clone, Debug, Serialize)]
pub struct PickerPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom.
    pub app: Option<AppCard>,
    /// The accounts, the most probable first.
    pub accounts: Vec<AccountRow>,
    /// Gives up, and answers the application.
    pub cancel: Option<Href>,
    /// "Sign out of all".
    pub sign_out_all: Option<Href>,
}

/// An account to choose.
#[derive(Clone, Debug, Serialize)]
pub struct AccountRow {
    /// What comes back as `account`; opaque here.
    pub reference: String,
    /// Whose.
    pub account: AccountCard,
    /// Whether its session still counts; if not, the password follows.
    pub signed_in: bool,
    /// When the asking application last used it.
    pub last_used: LastUsed,
}

/// When the asking application last used an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "when", content = "days", rename_all = "snake_case")]
pub enum LastUsed {
    /// So many days ago; 0 is today.
    Days(u32),
    /// Never.
    Never,
    /// Not known, not told.
    Unknown,
}

/// The value of the button that asks for an account which is not listed.
pub const USE_ANOTHER: &str = "use-another";

impl PickerPage {
    /// The addresses that more than one account on the page shares, in lower case: "Two accounts use …".
    pub fn twins(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for row in &self.accounts {
            *seen.entry(row.account.address()).or_default() += 1;
        }
        seen.into_iter().filter(|(_, times)| *times > 1).map(|(address, _)| address).collect()
    }
}

impl AccountCard {
    /// The address by which people confuse accounts: the e-mail where there is one, else the sign-in name.
    fn address(&self) -> String {
        self.email.as_deref().unwrap_or(&self.sign_in_name).to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;

    #[test]
    fn equal_addresses_are_twins_whatever_their_case() {
        let mut page = samples::picker();
        assert_eq!(page.twins(), ["cy@meadow.test"]);
        page.accounts[1].account.sign_in_name = "CY@Meadow.test".to_owned();
        assert_eq!(page.twins(), ["cy@meadow.test"]);
        page.accounts.truncate(1);
        assert!(page.twins().is_empty());
    }
}
