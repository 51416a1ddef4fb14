//! What the server's own first page shows of the demo.

use doorward_server::{Landing, Person};

use super::cast;
use super::doors::Addresses;
use super::secrets::SECRETS_FILE;

/// The page's content. Passwords are not on it: other people of this machine can read it.
pub(super) fn landing(at: &Addresses) -> Landing {
    let place =
        |title: &str, sentence: &str, address: String| (title.to_owned(), sentence.to_owned(), address);
    let authority = format!("{}/{}", at.base, cast::MEADOW);
    let flow = format!("{authority}/{}", cast::FLOW.to_lowercase());
    Landing {
        places: vec![
            place(
                "Web app",
                "Sign in, call the notes API, and read why it says no.",
                format!("{}/", at.web_app),
            ),
            place(
                "Mailbox",
                "Mails that would have been sent: codes, links, news.",
                format!("{}/_mail", at.base),
            ),
            place("Notes API", "Its routes and what each requires.", format!("{}/docs", at.api)),
            place(
                "Live log",
                "Every request as it is answered, and why it was refused.",
                format!("{}/_live", at.base),
            ),
        ],
        addresses: vec![
            ("Tenant authority: people are asked for consent".to_owned(), authority.clone()),
            ("User-flow authority: administrators grant".to_owned(), flow),
            ("OpenID Connect metadata".to_owned(), format!("{authority}/.well-known/openid-configuration")),
            ("knownAuthorities".to_owned(), at.host.clone()),
        ],
        people: cast::PEOPLE
            .iter()
            .map(|person| Person {
                name: person.display_name(),
                username: person.username.to_owned(),
                note: match person.note {
                    "" => format!("in {}", person.tenant),
                    note => format!("in {}, {note}", person.tenant),
                },
            })
            .collect(),
        passwords: format!("Passwords are printed where the demo was started, and kept in `{SECRETS_FILE}`."),
    }
}
