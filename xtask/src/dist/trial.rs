//! The trial: both artefacts in a bare Debian root, without Rust, without a network.
//!
//! The root is made by debootstrap once and kept as `target/dist-root`; every trial works on a copy.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::{Release, text};

/// The Debian release that is tried: the oldest whose glibc the binary accepts.
const SUITE: &str = "bookworm";

/// What happens in the bare root. Ends with `tried` as its last line where everything held.
const STORY: &str = r#"
set -eu
cd /
! command -v rustc cargo
sha256sum --check --quiet SHA256SUMS
dpkg -i doorward_*.deb
test "$(stat -c '%U %a' /etc/doorward/master.key)" = "doorward 600"
test "$(stat -c '%U %a' /var/lib/doorward)" = "doorward 700"
doorward --version
sed 's#https://id.example.org#https://id.bare.test#' /usr/share/doc/doorward/doorward.toml.example > /etc/doorward/doorward.toml
as() { runuser -u doorward -- "$@"; }
as doorward --config /etc/doorward/doorward.toml tenant add meadow
as doorward --config /etc/doorward/doorward.toml api add notes --role Notes.Read.All --algorithm ES256
as doorward --config /etc/doorward/doorward.toml --json app add daemon --kind daemon --require notes:Notes.Read.All > /tmp/app.json
as doorward --config /etc/doorward/doorward.toml grant app-role add --app daemon notes:Notes.Read.All
as doorward serve --config /etc/doorward/doorward.toml 2> /tmp/serve.log & server=$!
ask() { perl -MIO::Socket::INET -e '
  my ($line, $body) = @ARGV;
  my $s = IO::Socket::INET->new("127.0.0.1:7443") or exit 1;
  my $type = "application/x-www-form-urlencoded";
  print $s "$line HTTP/1.1\r\nHost: id.bare.test\r\nConnection: close\r\nContent-Type: $type\r\nContent-Length: ".length($body)."\r\n\r\n$body";
  local $/; print <$s>;' "$1" "${2:-}"; }
for _ in $(seq 200); do ask "GET /healthz" > /tmp/health 2>/dev/null && break; sleep 0.1; done
grep -q '"status":"ok"' /tmp/health
id=$(sed -n 's/.*"client_id":"\([^"]*\)".*/\1/p' /tmp/app.json)
secret=$(sed -n 's/.*"client_secret":"\([^"]*\)".*/\1/p' /tmp/app.json)
ask "POST /meadow/oauth2/token" "grant_type=client_credentials&client_id=$id&client_secret=$secret&scope=api%3A%2F%2Fnotes%2F.default" > /tmp/token
grep -q '"access_token":"' /tmp/token
ask "GET /meadow/oauth2/jwks" | grep -q '"keys"'
for p in /proc/[0-9]*; do if [ "$(cat "$p/comm" 2>/dev/null)" = doorward ]; then kill -TERM "${p#/proc/}"; fi; done
wait $server
dpkg -r doorward
test -s /etc/doorward/master.key
mkdir /tmp/t && tar -xzf doorward-*.tar.gz -C /tmp/t
/tmp/t/doorward-*/doorward --version
/tmp/t/doorward-*/doorward explain DW1101 > /dev/null
echo tried
"#;

/// Unpacks both artefacts in a fresh copy of a bare root and plays the story there. Needs root.
pub(super) fn run(release: &Release, tarball: &Path, package: &Path) -> anyhow::Result<()> {
    let bare = bare(release)?;
    let place = release.root.join("target/dist-trial");
    let _ = std::fs::remove_dir_all(&place);
    super::run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(&bare).arg(&place))?;
    for artefact in [tarball, package, &release.out.join("SHA256SUMS")] {
        let name = artefact.file_name().context("an artefact has a name")?;
        std::fs::copy(artefact, place.join(name))?;
    }
    for bill in std::fs::read_dir(&release.out)?.flatten().map(|entry| entry.path()) {
        if bill.extension().is_some_and(|extension| extension == "json") {
            std::fs::copy(&bill, place.join(bill.file_name().context("a file has a name")?))?;
        }
    }
    // A network of its own with nothing but loopback: nothing can be fetched.
    let script = format!(
        "ip link set lo up 2>/dev/null || true; mount -t proc proc {root}/proc; chroot {root} /bin/bash -c \"$STORY\"",
        root = place.display()
    );
    let told = text(
        Command::new("unshare")
            .args(["--mount", "--net", "--pid", "--fork", "sh", "-c", &script])
            .env("STORY", STORY),
    );
    let _ = std::fs::remove_dir_all(&place);
    let told = told.context("the artefacts do not work in a bare Debian root")?;
    if told.lines().last() != Some("tried") {
        bail!("the trial ended early:\n{told}");
    }
    println!("tried in a bare Debian {SUITE} root without Rust and without a network");
    Ok(())
}

/// A minimal root, made once.
fn bare(release: &Release) -> anyhow::Result<PathBuf> {
    let root = release.root.join("target/dist-root");
    if root.join("etc/debian_version").exists() {
        return Ok(root);
    }
    let _ = std::fs::remove_dir_all(&root);
    let made = root.with_extension("making");
    let _ = std::fs::remove_dir_all(&made);
    run_debootstrap(&made)?;
    std::fs::rename(&made, &root).context("keeping the bare root")?;
    Ok(root)
}

fn run_debootstrap(into: &Path) -> anyhow::Result<()> {
    super::run(
        Command::new("debootstrap")
            .args(["--variant=minbase", SUITE])
            .arg(into)
            .arg("http://deb.debian.org/debian"),
    )
    .context("debootstrap makes the bare root: apt-get install debootstrap")
}
