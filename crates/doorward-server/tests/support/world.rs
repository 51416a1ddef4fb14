//! An installation on a store in a file of its own, and the clock that tests set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use doorward_core::change::{Change, DirectoryChange};
use doorward_core::directory::BUILT_IN_GRAPH;
use doorward_core::model::{Client, Instant, User};
use doorward_crypto::MasterKey;
use doorward_server::{App, Clock, Installation, OpenFault, Settings, router};
use doorward_store::Store;
use doorward_store_sqlite::{SqliteOptions, SqliteStore};
use http::Request;
use http::header::CONTENT_TYPE;
use tower::ServiceExt as _;

use super::ailing::{Ailing, Outage};
use super::answer::{Answer, form};
use super::browser::Browser;
use super::cast::{BASE, Cast};

/// When every story begins.
pub(crate) const START: i64 = 1_800_000_000;
pub(crate) const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A clock that stands until it is set.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// The installation and its cast.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) cast: Cast,
    store: Arc<Ailing<SqliteStore>>,
    clock: Arc<SetClock>,
    // Dropped last: the store's file is in it.
    _folder: tempfile::TempDir,
}

impl World {
    /// The cast, and nobody has allowed anything.
    pub(crate) async fn bare() -> Self {
        Self::with_settings(Settings {
            base_url: BASE.to_owned(),
            development: false,
            trust_forwarded_for: false,
            landing: None,
        })
        .await
    }

    /// The cast; identity scopes and `notes.read` are granted to all applications for everybody.
    pub(crate) async fn open() -> Self {
        let world = Self::bare().await;
        let cast = &world.cast;
        let mut changes = Vec::new();
        for client in [&cast.web, &cast.spa, &cast.native] {
            changes.push(cast.grant_all(client, BUILT_IN_GRAPH, "openid profile email offline_access"));
            changes.push(cast.grant_all(client, cast.notes.id, "notes.read"));
        }
        world.change(changes).await;
        world
    }

    /// The cast under other settings.
    pub(crate) async fn with_settings(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("doorward.db"), SqliteOptions::default()).unwrap();
        let store = Arc::new(Ailing::around(store));
        let clock = Arc::new(SetClock(AtomicI64::new(START)));
        let app = open(&store, &clock, settings).await;
        let cast = Cast::new(&app);
        app.commit(cast.changes(&app)).await.unwrap();
        app.follow_config(0).await.unwrap();
        Self { router: router(app.clone()), app, cast, store, clock, _folder: folder }
    }

    /// Another process over the same store.
    pub(crate) async fn another_node(&self) -> App {
        open(&self.store, &self.clock, self.app.settings().clone()).await
    }

    /// A process over the same store that was started with another master key.
    pub(crate) async fn another_node_under(&self, master: &MasterKey) -> Result<App, OpenFault> {
        let installation = Installation {
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            master: master.clone(),
            settings: self.app.settings().clone(),
        };
        App::open(installation).await
    }

    /// Makes changes true, as the administration does.
    pub(crate) async fn change(&self, changes: Vec<Change>) {
        self.app.commit(changes).await.unwrap();
    }

    /// Changes an account.
    pub(crate) async fn update_user(&self, before: &User, after: &User) {
        let (before, after) = (before.clone(), after.clone());
        self.change(vec![DirectoryChange::UpdateUser { before, after }.into()]).await;
    }

    /// Changes an application.
    pub(crate) async fn update_client(&self, before: &Client, after: &Client) {
        let (before, after) = (before.clone(), after.clone());
        self.change(vec![DirectoryChange::UpdateClient { before, after }.into()]).await;
    }

    pub(crate) fn now(&self) -> i64 {
        self.app.now().seconds()
    }

    /// Makes the store fail, or work again.
    pub(crate) fn store_fails_at(&self, outage: Outage) {
        self.store.set(outage);
    }

    /// So many seconds later.
    pub(crate) fn pass(&self, secs: i64) {
        self.clock.0.fetch_add(secs, Ordering::SeqCst);
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone()).traced_by(self.app.clone())
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    /// A plain fetch of a program.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A posted form of a program.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = posted(path, fields, headers);
        self.send(request).await
    }
}

async fn open(store: &Arc<Ailing<SqliteStore>>, clock: &Arc<SetClock>, settings: Settings) -> App {
    let installation = Installation {
        store: Arc::clone(store) as Arc<dyn Store>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        master: MasterKey::from_base64(MASTER_KEY).unwrap(),
        settings,
    };
    App::open(installation).await.unwrap()
}

/// A request that posts a form.
pub(crate) fn posted(path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(form(fields))).unwrap()
}

/// Asks the router; for tasks that run at once.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("the router does not fail");
    Answer::read(response).await
}
