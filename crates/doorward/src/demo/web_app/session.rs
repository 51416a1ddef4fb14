//! Browser sessions of the web app: in memory, bounded, found by the digest of a cookie that only the browser has.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use doorward_crypto::{digest, random_token};

use super::calls::Told;
use super::client::{Attempt, SignedIn};

/// Sessions that are kept; of more, the one that rested longest goes.
const MOST: usize = 1000;
/// Seconds after which a session that rests is forgotten.
const IDLE_SECS: i64 = 8 * 3600;
/// Bytes of randomness in a cookie and in a form's token.
const SECRET_BYTES: usize = 32;

/// What the app knows about one browser.
#[derive(Clone, Default)]
pub(super) struct Session {
    /// Stands in every form: a page of another origin does not know it.
    pub(super) form_token: String,
    /// A sign-in that has begun.
    pub(super) attempt: Option<Attempt>,
    /// Who is signed in, with the tokens.
    pub(super) person: Option<SignedIn>,
    /// The last call, for the page.
    pub(super) told: Option<Told>,
}

struct Kept {
    session: Session,
    used_at: i64,
}

/// All sessions.
pub(super) struct Sessions {
    cookie: String,
    kept: Mutex<HashMap<[u8; 32], Kept>>,
}

/// A session, and the cookie by which it is found. Never printed.
pub(super) struct Visit {
    id: String,
    pub(super) session: Session,
    is_new: bool,
}

impl Visit {
    /// Whether a form carries the token of this session.
    pub(super) fn admits(&self, form_token: &str) -> bool {
        !self.is_new && digest::equal(self.session.form_token.as_bytes(), form_token.as_bytes())
    }

    /// Gives the session another id, as at every sign-in: an id that somebody planted before is worth nothing after.
    pub(super) fn renew(&mut self, sessions: &Sessions) {
        sessions.forget(&self.id);
        self.id = random_token(SECRET_BYTES);
        self.session.form_token = random_token(SECRET_BYTES);
        self.is_new = true;
    }
}

impl Sessions {
    /// Cookies are shared by all ports of a host, so the port is part of the name.
    pub(super) fn new(port: u16) -> Self {
        Self { cookie: format!("notes_web_{port}"), kept: Mutex::default() }
    }

    /// The session of a request, or a new one.
    pub(super) fn visit(&self, headers: &HeaderMap, now: i64) -> Visit {
        let found = self.presented(headers).find_map(|id| {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let found = kept.get_mut(&digest::sha256(id.as_bytes()))?;
            if now - found.used_at > IDLE_SECS {
                return None;
            }
            found.used_at = now;
            Some(Visit { id: id.to_owned(), session: found.session.clone(), is_new: false })
        });
        found.unwrap_or_else(|| Visit {
            id: random_token(SECRET_BYTES),
            session: Session { form_token: random_token(SECRET_BYTES), ..Session::default() },
            is_new: true,
        })
    }

    /// Keeps the session as it is now and, where the browser does not have it yet, sets the cookie. `SameSite=Lax`: the way
    /// back from the server is a navigation from another site and must bring it.
    pub(super) fn keep(&self, visit: Visit, now: i64, mut response: Response) -> Response {
        if visit.is_new {
            let cookie = format!("{}={}; HttpOnly; SameSite=Lax; Path=/", self.cookie, visit.id);
            let cookie = HeaderValue::from_str(&cookie).expect("base64url is visible ASCII");
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let key = digest::sha256(visit.id.as_bytes());
        if kept.len() >= MOST && !kept.contains_key(&key) {
            kept.retain(|_, other| now - other.used_at <= IDLE_SECS);
            let oldest = kept.iter().min_by_key(|(_, other)| other.used_at).map(|(key, _)| *key);
            if let Some(oldest) = oldest.filter(|_| kept.len() >= MOST) {
                kept.remove(&oldest);
            }
        }
        kept.insert(key, Kept { session: visit.session, used_at: now });
        response
    }

    fn forget(&self, id: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&digest::sha256(id.as_bytes()));
    }

    fn presented<'h>(&'h self, headers: &'h HeaderMap) -> impl Iterator<Item = &'h str> + 'h {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, value)| *name == self.cookie && value.len() == 43)
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn cookie_of(response: &Response) -> HeaderMap {
        let set = response.headers()[SET_COOKIE].to_str().unwrap();
        assert!(set.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{set}");
        let pair = set.split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&format!("other=1; {pair}")).unwrap())])
    }

    #[test]
    fn a_session_is_found_by_its_cookie_until_it_rested_too_long() {
        let sessions = Sessions::new(7501);
        let visit = sessions.visit(&HeaderMap::new(), NOW);
        let token = visit.session.form_token.clone();
        assert!(!visit.admits(&token), "nobody has seen this form yet");
        let headers = cookie_of(&sessions.keep(visit, NOW, ().into_response()));
        let again = sessions.visit(&headers, NOW + 10);
        assert!(again.admits(&token) && !again.admits("") && !again.admits(&token[1..]));
        assert!(!sessions.keep(again, NOW + 10, ().into_response()).headers().contains_key(SET_COOKIE));
        assert_ne!(sessions.visit(&headers, NOW + 11 + IDLE_SECS).session.form_token, token);
    }

    #[test]
    fn a_renewed_session_has_another_id_and_the_old_one_is_gone() {
        let sessions = Sessions::new(7501);
        let old = cookie_of(&sessions.keep(sessions.visit(&HeaderMap::new(), NOW), NOW, ().into_response()));
        let mut visit = sessions.visit(&old, NOW);
        let token = visit.session.form_token.clone();
        visit.renew(&sessions);
        let new = cookie_of(&sessions.keep(visit, NOW, ().into_response()));
        assert!(!sessions.visit(&old, NOW).admits(&token));
        assert!(!sessions.visit(&new, NOW).is_new);
    }

    #[test]
    fn the_number_of_sessions_is_bounded() {
        let sessions = Sessions::new(7501);
        for second in 0..=MOST {
            let at = NOW + i64::try_from(second).unwrap();
            sessions.keep(sessions.visit(&HeaderMap::new(), at), at, ().into_response());
        }
        assert_eq!(sessions.kept.lock().unwrap().len(), MOST);
    }

    proptest! {
        #[test]
        fn no_cookie_makes_it_panic(line in "[ -~]{0,80}") {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&line).unwrap())]);
            prop_assert!(Sessions::new(1).visit(&headers, NOW).is_new);
        }
    }
}
