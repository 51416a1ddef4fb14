//! The Debian package: binary, hardened systemd unit, example configuration, documents, and the scripts that make the
//! system user and the master key.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::{Release, copy, run, text};

/// Builds `doorward_VERSION_ARCH.deb`.
pub(super) fn package(release: &Release, bill: &Path) -> anyhow::Result<PathBuf> {
    let tree = release.out.join("deb");
    let packaging = release.root.join("packaging");
    copy(&release.binary, &tree.join("usr/bin/doorward"), 0o755)?;
    copy(&packaging.join("doorward.service"), &tree.join("usr/lib/systemd/system/doorward.service"), 0o644)?;
    let documents = tree.join("usr/share/doc/doorward");
    copy(&packaging.join("doorward.toml.example"), &documents.join("doorward.toml.example"), 0o644)?;
    copy(bill, &documents.join("sbom.cdx.json"), 0o644)?;
    for text in ["README.md", "CHANGELOG.md", "SECURITY.md"] {
        copy(&release.root.join(text), &documents.join(text), 0o644)?;
    }
    let rights = "Doorward is licensed under the Apache License 2.0 or the MIT license, at your option.\n\
                  /usr/share/common-licenses/Apache-2.0 holds the first; sbom.cdx.json names the licences of what is linked in.\n";
    std::fs::write(documents.join("copyright"), rights)?;
    completions(release, &tree)?;

    let scripts = tree.join("DEBIAN");
    std::fs::create_dir_all(&scripts)?;
    for script in ["postinst", "postrm"] {
        copy(&packaging.join(script), &scripts.join(script), 0o755)?;
    }
    let kilobytes = text(Command::new("du").args(["-ks"]).arg(&tree))?;
    let kilobytes = kilobytes.split_whitespace().next().unwrap_or("0").to_owned();
    std::fs::write(scripts.join("control"), control(release, &kilobytes)?)?;
    let file = release.out.join(format!("doorward_{}_{}.deb", release.version, release.architecture));
    run(Command::new("dpkg-deb").args(["--root-owner-group", "--build"]).arg(&tree).arg(&file))?;
    std::fs::remove_dir_all(&tree)?;
    Ok(file)
}

/// Shell completions, written by the binary itself.
fn completions(release: &Release, tree: &Path) -> anyhow::Result<()> {
    for (shell, place) in [
        ("bash", "usr/share/bash-completion/completions/doorward"),
        ("zsh", "usr/share/zsh/vendor-completions/_doorward"),
        ("fish", "usr/share/fish/vendor_completions.d/doorward.fish"),
    ] {
        let script = text(Command::new(&release.binary).args(["completions", shell]))?;
        let file = tree.join(place);
        std::fs::create_dir_all(file.parent().expect("the place has a folder"))?;
        std::fs::write(&file, format!("{script}\n"))?;
    }
    Ok(())
}

fn control(release: &Release, kilobytes: &str) -> anyhow::Result<String> {
    let glibc = oldest_glibc(&text(Command::new("objdump").arg("-T").arg(&release.binary))?)
        .context("the binary names no version of glibc")?;
    Ok(format!(
        "Package: doorward\nVersion: {}\nArchitecture: {}\nMaintainer: The Doorward authors <doorward@example.invalid>\n\
         Installed-Size: {kilobytes}\nDepends: libc6 (>= {glibc}), libgcc-s1, passwd\nRecommends: ca-certificates\n\
         Section: net\nPriority: optional\n\
         Description: self-hosted identity platform\n \
         Signs people in, hands out tokens, and makes the scopes that an API\n declares the scopes that are enforced, with proof.\n",
        release.version, release.architecture
    ))
}

/// The newest symbol version that the binary asks of glibc: the oldest glibc that has it will do.
fn oldest_glibc(symbols: &str) -> Option<String> {
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let mut parts = version.split('.').map(str::parse::<u32>);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    });
    versions.max().map(|(major, minor)| format!("{major}.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_decides() {
        let symbols = "x GLIBC_2.2.5 read\ny (GLIBC_2.34) pthread_create\nz GLIBC_2.9 w";
        assert_eq!(oldest_glibc(symbols).as_deref(), Some("2.34"));
        assert_eq!(oldest_glibc("nothing"), None);
    }
}
