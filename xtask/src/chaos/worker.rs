//! A caller: what all callers share, and how a request can end without a good answer.

use std::io;
use std::sync::Arc;

use super::book::{Book, Ended, Rule};
use super::http::{Answer, Http, Request, Target};
use super::random::Random;

/// What every caller knows about the installation.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// The server's listener.
    pub(crate) server: Target,
    /// The administration's socket.
    pub(crate) socket: Target,
    /// A single-page application: its refresh tokens rotate.
    pub(crate) spa: App,
    /// An application with a secret: its refresh tokens stay.
    pub(crate) web: App,
}

/// An application as its developer knows it.
#[derive(Clone, Debug)]
pub(crate) struct App {
    /// Its id on the wire.
    pub(crate) client_id: String,
    /// Its secret, where it keeps one.
    pub(crate) secret: Option<String>,
    /// Where its codes go.
    pub(crate) redirect_uri: &'static str,
}

/// How much a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// What happened since the last check, and a sample of what is older.
    Recent,
    /// Everything there ever was.
    Everything,
}

/// Something that calls the server, remembers the answers, and can say later whether they are still true.
pub(crate) trait Worker: Send {
    /// One operation. Ends early where a connection broke.
    fn work(&mut self);

    /// Judges everything that it was told, on a server that was started again.
    fn check(&mut self, look: Look);

    /// The server listens elsewhere after a start.
    fn meet(&mut self, scene: &Scene);
}

/// The tools of a caller.
pub(crate) struct Tools {
    /// Its number, part of every name that it makes up.
    pub(crate) number: usize,
    /// Its choices.
    pub(crate) random: Random,
    /// Where it writes what it was told.
    pub(crate) book: Arc<Book>,
    /// The installation.
    pub(crate) scene: Scene,
    /// A connection to the server.
    pub(crate) http: Http,
    /// A second one, for requests at the same moment.
    pub(crate) twin: Http,
    /// A connection to the administration.
    pub(crate) admin: Http,
    made: u64,
}

impl Tools {
    /// Tools for the caller of that number.
    pub(crate) fn new(number: usize, seed: u64, book: &Arc<Book>, scene: &Scene) -> Self {
        Self {
            number,
            random: Random::new(seed, number as u64 + 1),
            book: Arc::clone(book),
            scene: scene.clone(),
            http: Http::new(scene.server.clone()),
            twin: Http::new(scene.server.clone()),
            admin: Http::new(scene.socket.clone()),
            made: 0,
        }
    }

    /// Turns to the server of a new start.
    pub(crate) fn meet(&mut self, scene: &Scene) {
        self.scene = scene.clone();
        self.http = Http::new(scene.server.clone());
        self.twin = Http::new(scene.server.clone());
        self.admin = Http::new(scene.socket.clone());
    }

    /// A name that nobody had before.
    pub(crate) fn fresh_name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}x{}", self.number, self.made)
    }

    /// Asks the administration below the tenant.
    pub(crate) fn manage(&mut self, method: &str, path: &str, body: &str) -> Result<Answer, Lack> {
        let path = format!("/admin/v1/tenants/{TENANT}{path}");
        let headers: &[(&str, &str)] =
            if body.is_empty() { &[] } else { &[("Content-Type", "application/json")] };
        good(self.admin.ask(&Request { method, path: &path, headers, body }), &self.book)
    }

    /// Makes a change through the administration, and notes how it ended.
    pub(crate) fn change(
        &mut self,
        (action, target): (&'static str, &str),
        (method, path): (&str, &str),
        body: &str,
    ) -> Result<Answer, Lack> {
        let answer = self.manage(method, path, body);
        let how = match &answer {
            Ok(_) => Ended::Told,
            Err(lack) => lack.ended(),
        };
        self.book.changed(action, target, how);
        if let Err(lack) = &answer
            && lack.refusal().is_some()
        {
            self.book
                .judge(Rule::ChangeHolds, Err(format!("{action} {target} was refused: {}", lack.text())));
        }
        answer
    }
}

/// The tenant of every run.
pub(crate) const TENANT: &str = "chaos";

/// Why there is no good answer.
#[derive(Debug)]
pub(crate) enum Lack {
    /// The connection broke.
    Broken,
    /// The server said no.
    Said(Box<Answer>),
}

impl Lack {
    /// As the book counts it.
    pub(crate) fn ended(&self) -> Ended {
        match self {
            Self::Broken => Ended::Unknown,
            Self::Said(_) => Ended::TurnedAway,
        }
    }

    /// Whether the server refused for a reason of the request, so that the answer is final.
    pub(crate) fn refusal(&self) -> Option<&Answer> {
        match self {
            Self::Said(answer) if answer.status < 500 => Some(answer),
            _ => None,
        }
    }

    /// For the evidence of a breach.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Broken => "the connection broke".to_owned(),
            Self::Said(answer) => {
                format!("{} {}", answer.status, answer.body.chars().take(300).collect::<String>())
            }
        }
    }
}

/// An answer that is no refusal.
pub(crate) fn good(answer: io::Result<Answer>, book: &Book) -> Result<Answer, Lack> {
    match answer {
        Ok(answer) if answer.status < 400 => Ok(answer),
        Ok(answer) => Err(Lack::Said(Box::new(answer))),
        Err(error) => {
            book.broke(&error);
            Err(Lack::Broken)
        }
    }
}
