//! `cargo xtask dist`: what people download, and the proof that it runs where no compiler is.
//!
//! Makes `target/dist/`: a tarball and a Debian package of the binary, a software bill of materials, and SHA-256
//! checksums. `--try` unpacks both in a bare Debian root, installs, serves, signs and removes. Owns the layout of the
//! artefacts; `packaging/` holds the texts that go into them.

mod bill;
mod debian;
mod trial;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

/// What a run makes and from what.
pub(crate) struct Release {
    /// The workspace.
    pub(crate) root: PathBuf,
    /// Where the artefacts go.
    pub(crate) out: PathBuf,
    /// The binary.
    pub(crate) binary: PathBuf,
    /// For example `0.1.0`.
    pub(crate) version: String,
    /// Debian's name of the architecture: `amd64`, `arm64`.
    pub(crate) architecture: String,
}

/// `--binary FILE` packs a binary that is there instead of building the release; `--try` tries the result.
pub(crate) fn command(root: &Path, arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut binary = None;
    let mut tried = false;
    let mut left = arguments.iter();
    while let Some(argument) = left.next() {
        match *argument {
            "--binary" => binary = Some(PathBuf::from(left.next().context("--binary needs a file")?)),
            "--try" => tried = true,
            other => bail!("`{other}` is not an option of dist; there are --binary FILE and --try"),
        }
    }
    let binary = if let Some(binary) = binary {
        binary
    } else {
        run(Command::new(env!("CARGO")).args(["build", "--release", "-p", "doorward"]).current_dir(root))?;
        root.join("target/release/doorward")
    };
    let release = Release {
        root: root.to_owned(),
        out: root.join("target/dist"),
        binary,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        architecture: text(Command::new("dpkg").arg("--print-architecture"))?,
    };
    if release.out.exists() {
        std::fs::remove_dir_all(&release.out).context("clearing target/dist")?;
    }
    std::fs::create_dir_all(&release.out).context("making target/dist")?;
    let bill = bill::write(&release)?;
    let tarball = tarball(&release, &bill)?;
    let package = debian::package(&release, &bill)?;
    checksums(&release)?;
    println!("{}\n{}\n{}", tarball.display(), package.display(), bill.display());
    if tried {
        trial::run(&release, &tarball, &package)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One folder with the binary, its unit, an example of its configuration, licences and the bill.
fn tarball(release: &Release, bill: &Path) -> anyhow::Result<PathBuf> {
    let name = format!("doorward-{}-linux-{}", release.version, release.architecture);
    let folder = release.out.join(&name);
    std::fs::create_dir_all(&folder)?;
    copy(&release.binary, &folder.join("doorward"), 0o755)?;
    for text in ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        let from = release.root.join(text);
        if from.exists() {
            copy(&from, &folder.join(text), 0o644)?;
        }
    }
    for text in ["doorward.service", "doorward.toml.example"] {
        copy(&release.root.join("packaging").join(text), &folder.join(text), 0o644)?;
    }
    copy(bill, &folder.join("sbom.cdx.json"), 0o644)?;
    let file = release.out.join(format!("{name}.tar.gz"));
    run(Command::new("tar")
        .args(["--owner=0", "--group=0", "--numeric-owner", "--sort=name", "-czf"])
        .arg(&file)
        .arg(&name)
        .current_dir(&release.out))?;
    std::fs::remove_dir_all(&folder)?;
    Ok(file)
}

/// `SHA256SUMS` over every artefact, as `sha256sum --check` reads it.
fn checksums(release: &Release) -> anyhow::Result<()> {
    let mut names: Vec<String> = std::fs::read_dir(&release.out)?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let sums = text(Command::new("sha256sum").args(&names).current_dir(&release.out))?;
    std::fs::write(release.out.join("SHA256SUMS"), format!("{sums}\n")).context("writing SHA256SUMS")
}

/// Copies a file and sets its mode.
fn copy(from: &Path, to: &Path, mode: u32) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(from, to).with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Runs a program to success.
fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// What a program prints, trimmed.
fn text(command: &mut Command) -> anyhow::Result<String> {
    let shown = format!("{command:?}");
    let output = command.output().with_context(|| format!("cannot start {shown}"))?;
    if !output.status.success() {
        bail!("{shown} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
