//! The demo's life: reset, bind, open, plant, serve, say so, and stop when asked.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum_server::{Control, Handle};
use doorward_core::model::{Tenant, UserFlow};
use doorward_core::needs::Need;
use doorward_guard::Guard;
use doorward_server::{App, Clock as _, DenialLog, MailWorker, Settings, SystemClock, admin};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::daemon::{Daemon, LastRun};
use super::doors::{Addresses, Door, Doors};
use super::keys::{self, Keys, Wish};
use super::landing::landing;
use super::look::Look;
use super::notes::{Notes, Owner};
use super::print::{Audience, Start};
use super::ready::{Files, Ready};
use super::secrets::Secrets;
use super::seed::{self, Planted};
use super::trial::{self, Break, Stage};
use super::web_app::{Registration, WebApp};
use super::{DemoArgs, cast, data, notes_api, notes_document, tls};
use crate::config::ConfigFault;
use crate::listener::{self, Bounds};
use crate::wiring::{self, MasterKeySource, Profile};

/// The server's port where none is chosen.
const USUAL_PORT: u16 = 7443;
/// How long open requests may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// What serves; it ends with the first part that fails.
type Parts = JoinSet<anyhow::Result<()>>;

/// Runs the demo: until it is asked to stop, or until it has tried itself out.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let audience = if args.json { Audience::Programs } else { Audience::People };
    let trial = match args.breaks.as_deref() {
        Some("list") => {
            audience.breaks();
            return Ok(ExitCode::SUCCESS);
        }
        Some(name) => Some(Trying::Break(trial::named(name).ok_or_else(|| unknown_break(name))?)),
        None => args.check.then_some(Trying::Everything),
    };
    // What is only tried out leaves nothing behind.
    let passing = match (&trial, &args.data) {
        (Some(_), None) => Some(data::Passing::make()?),
        _ => None,
    };
    let data = args.data.clone().or_else(|| passing.as_ref().map(|passing| passing.path().to_owned()));
    let data = data.unwrap_or_else(|| "./doorward-data".into());
    match live(&args, audience, &data, trial).await? {
        End::Stopped => Ok(ExitCode::SUCCESS),
        End::Tried(is_good) => Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        End::BeginAnew => begin_anew(),
    }
}

/// What is tried out instead of waiting for people.
#[derive(Clone, Copy)]
enum Trying {
    Break(&'static Break),
    Everything,
}

/// How a demo ended.
enum End {
    Stopped,
    Tried(bool),
    BeginAnew,
}

fn unknown_break(name: &str) -> ConfigFault {
    let nearest = doorward_core::directory::nearest(name, trial::BREAKS.iter().map(|one| one.name));
    let hint = nearest.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    let remedy = "See what there is: doorward demo --break list";
    ConfigFault::new("--break", name, format!("there is no such break{hint}"), remedy)
}

/// The same command again with `--reset`, in place of this process.
fn begin_anew() -> anyhow::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    let program = std::env::current_exe().context("finding this program")?;
    let mut arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--reset") {
        arguments.push("--reset".into());
    }
    Err(std::process::Command::new(program).args(arguments).exec()).context("starting anew")
}

async fn live(
    args: &DemoArgs,
    audience: Audience,
    data: &Path,
    trial: Option<Trying>,
) -> anyhow::Result<End> {
    let began = tokio::time::Instant::now();
    // Listened for from the start: whoever reads the ready line may ask for the end at once.
    let asked_to_stop = tokio::spawn(wiring::asked_to_stop());
    let data = std::path::absolute(data).context("finding the data directory")?;
    if args.reset {
        data::reset(&data).await?;
    } else {
        data::check_is_own(&data)?;
    }
    let is_new = !data::has_store(&data);
    let doors = Doors::bind(args.port.unwrap_or(if trial.is_some() { 0 } else { USUAL_PORT }))?;
    let at = doors.addresses();
    let settings = Settings {
        base_url: at.base.clone(),
        development: true,
        trust_forwarded_for: false,
        landing: Some(landing(&at)),
    };
    let opened = wiring::open(&data, Profile::Development, MasterKeySource::MadeInData, settings).await?;
    let app = opened.app;
    let tls = tls::prepare(&data, SystemClock.now().seconds())?;
    let mut secrets = Secrets::open(&data)?;
    let planted = seed::seed(&app, &at, &mut secrets).await?;
    wiring::start_jobs(&app).await?;
    let _mail = MailWorker::start(app.clone());

    let (stop, stopped) = watch::channel(false);
    let control = Control::new();
    let mut parts = Parts::new();
    let socket = admin::Socket::bind(&data.join(wiring::SOCKET_FILE))
        .context("binding the administration's socket")?;
    let administration = admin::router(app.clone(), admin::Access::Socket);
    let socket_stopped = stopped.clone();
    parts.spawn(async move { Ok(socket.serve(administration, until(socket_stopped)).await?) });
    let router = doorward_server::router(app.clone());
    for listener in doors.server.listeners {
        let (config, router) = (tls.config.clone(), router.clone());
        let handle = Handle::with_control(control.clone());
        parts.spawn(async move {
            Ok(listener::serve_tls(listener, config, router, handle, &Bounds::usual()).await?)
        });
    }

    let guests = Guests::new((&app, &at), &tls.ca_pem, &planted, &secrets)?;
    let last_run = Arc::new(LastRun::default());
    let look = Arc::new(Look::new());
    // The guard asks the server that began to listen above.
    guests
        .guard
        .ready()
        .await
        .map_err(|refusal| anyhow::anyhow!("{refusal}"))
        .context("preparing the notes API")?;
    let notes = notes_api::router(&guests.guard, Arc::new(first_notes(&planted)), Arc::clone(&look), &at);
    serve(&mut parts, doors.api, notes, &control);
    let port = doors.web_app.port;
    let web_app =
        WebApp::new((&at, port), guests.http.clone(), &guests.registration, look, Arc::clone(&last_run))
            .router();
    serve(&mut parts, doors.web_app, web_app, &control);

    let flows = flows(&app, &planted.tenants).await?;
    let files = Files { ca_file: tls.ca_file.display().to_string(), data: data.display().to_string() };
    let ready = Ready::new(&at, files, &planted, &flows, &mut secrets);
    if trial.is_none() || audience == Audience::Programs {
        audience.ready(&ready, Start { is_new, took: began.elapsed() });
    }
    drop(ready);
    let kept = app.clone();
    let stage = Stage::new(guests.http.clone(), &at, app.clone(), &planted, &mut secrets);
    drop((secrets, planted));
    if let Some(trial) = trial {
        let is_good = try_out(&stage, trial, audience).await;
        close(parts, &stop, &control).await;
        return Ok(End::Tried(is_good?));
    }

    let daemon = guests.daemon;
    parts.spawn(async move {
        tokio::select! {
            () = daemon.run(&last_run, |report| audience.daemon(report)) => {}
            () = until(stopped) => {}
        }
        Ok(())
    });
    let end = tokio::select! {
        asked = asked_to_stop => asked.context("listening for signals").map(|()| End::Stopped),
        Some(ended) = parts.join_next() => ended.context("a part of the demo")?.and_then(|()| anyhow::bail!("a part of the demo ended")),
        end = attend(&stage, &at, audience) => Ok(end),
    };
    audience.stopping();
    close(parts, &stop, &control).await;
    kept.flush_log().await;
    end
}

/// Ends what serves: it has its grace, and no more.
async fn close(mut parts: Parts, stop: &watch::Sender<bool>, control: &Control) {
    let _ = stop.send(true);
    control.graceful_shutdown(Some(GRACE));
    let ended = async { while parts.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE + Duration::from_secs(1), ended).await;
    parts.shutdown().await;
}

/// Tries one thing or everything; whether all went as it should.
async fn try_out(stage: &Stage, trial: Trying, audience: Audience) -> anyhow::Result<bool> {
    match trial {
        Trying::Everything => Ok(trial::check(stage, audience).await),
        Trying::Break(one) => {
            let told = one.run(stage).await?;
            audience.broken(one, &told);
            Ok(told.code == one.code)
        }
    }
}

/// Does what the person at the terminal wants, until it is the end.
async fn attend(stage: &Stage, at: &Addresses, audience: Audience) -> End {
    let keys = (audience == Audience::People).then(Keys::listen).flatten();
    let Some(mut keys) = keys else { return std::future::pending().await };
    let has_mailbox = stage.has_mailbox().await;
    audience.says(&keys::help(has_mailbox));
    let open = |url: String| {
        audience.says(&format!("  {url}"));
        keys::open_in_browser(&url);
    };
    loop {
        match keys.wish().await {
            Wish::Menu => {
                audience.breaks();
                audience.says("  Type a number or a name, then Enter.");
            }
            Wish::Break(one) => match one.run(stage).await {
                Ok(told) => audience.broken(one, &told),
                Err(fault) => audience.says(&format!("  {} did not get so far: {fault:#}", one.name)),
            },
            Wish::Unknown => audience.says("\n  There is no such number or name. Press b to see them again."),
            Wish::Echo(key) => audience.echoes(key),
            Wish::OpenServer => open(format!("{}/", at.base)),
            Wish::OpenApps => open(format!("{}/", at.web_app)),
            Wish::OpenMailbox if !has_mailbox => audience.says("  This demo has no mailbox."),
            Wish::OpenMailbox => open(format!("{}/_mail", at.base)),
            Wish::AskReset => {
                audience.says("  Press r again to forget every account, app and grant of this demo.");
            }
            Wish::Reset => return End::BeginAnew,
            Wish::Quit => return End::Stopped,
            Wish::Nothing => {}
        }
    }
}

/// What the demo runs beside the server, and all that it was told about it.
struct Guests {
    http: reqwest::Client,
    guard: Guard,
    registration: Registration,
    daemon: Daemon,
}

impl Guests {
    fn new(
        (app, at): (&App, &Addresses),
        ca_pem: &str,
        planted: &Planted,
        secrets: &Secrets,
    ) -> anyhow::Result<Self> {
        let http = doorward_guard::http_client(ca_pem.as_bytes()).context("making an HTTP client")?;
        let policy = notes_document::declaration().policy.clone();
        let registration = format!("{}/feed/{}/apis/{}", at.base, cast::MEADOW, cast::NOTES);
        let guard = Guard::builder(policy)
            .from_registration(registration)
            .trace_sink(Arc::new(DenialLog::new(app.clone())))
            .ca(ca_pem)
            .build()
            .context("putting the guard together")?;
        let known = |name: &str| -> anyhow::Result<(String, String)> {
            let app = planted.apps.iter().find(|app| app.name == name);
            let client_id = app.map(|app| app.client_id.to_string());
            let secret = secrets.client_secret(name).map(str::to_owned);
            client_id.zip(secret).with_context(|| format!("the application {name} has no known secret"))
        };
        let (client_id, client_secret) = known(cast::NOTES_WEB)?;
        let registration = Registration {
            client_id,
            client_secret,
            redirect_uri: cast::web_app_callback(&at.web_app),
            post_logout_redirect_uri: cast::web_app_home(&at.web_app),
        };
        let (client_id, client_secret) = known(cast::INDEXER)?;
        let daemon = Daemon {
            http: http.clone(),
            token_endpoint: format!("{}/{}/oauth2/v2.0/token", at.base, cast::MEADOW),
            client_id,
            client_secret,
            scope: format!("{}/.default", cast::NOTES_URI),
            notes_url: format!("{}/notes/all", at.api),
        };
        Ok(Self { http, guard, registration, daemon })
    }
}

fn serve(parts: &mut Parts, door: Door, router: Router, control: &Control) {
    for listener in door.listeners {
        let (router, handle) = (router.clone(), Handle::with_control(control.clone()));
        parts.spawn(
            async move { Ok(listener::serve_plain(listener, router, handle, &Bounds::usual()).await?) },
        );
    }
}

/// Lists for the people who use the API.
fn first_notes(planted: &Planted) -> Notes {
    let notes = Notes::default();
    let people = planted.people.iter().filter(|(_, user)| user.tenant == planted.notes.tenant);
    let people: Vec<_> = people.map(|(person, user)| (user.id.to_string(), person.username)).collect();
    notes.begin(people.iter().map(|(id, name)| Owner { id, name }));
    notes
}

async fn flows(app: &App, tenants: &[Tenant]) -> anyhow::Result<Vec<UserFlow>> {
    let Some(meadow) = tenants.iter().find(|tenant| tenant.name.as_str() == cast::MEADOW) else {
        return Ok(Vec::new());
    };
    Ok(app.store().facts(&[Need::Flows(meadow.id)]).await?.flows(meadow.id).to_vec())
}

/// Completes when the demo stops.
async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}
