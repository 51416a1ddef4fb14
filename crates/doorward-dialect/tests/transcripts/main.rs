//! What real clients send and what they get back, as snapshots. The requests are those of the named client versions,
//! shortened where a value carries no meaning.

mod answers;
mod documents;
mod msal_browser;
mod msal_node;
mod refusals;
mod relying_party;
mod show;
