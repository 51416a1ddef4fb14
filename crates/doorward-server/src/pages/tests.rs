//! Every page in every language, looked at as a whole: words, weight, wiring, and what must never be there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::text::Catalogue;
use super::*;

fn rendered(name: &str) -> String {
    let page = samples::all().into_iter().find(|(sample, _)| *sample == name).unwrap().1;
    Pages::new().render(&page).unwrap()
}

fn mirrored(mut page: Page) -> Page {
    let frame = match &mut page {
        Page::Account(page) => &mut page.frame,
        Page::AccountGate(page) => &mut page.frame,
        Page::AccountPassword(page) => &mut page.frame,
        Page::Approval(page) => &mut page.frame,
        Page::ByMail(page) => page.frame_mut(),
        Page::Consent(page) => &mut page.frame,
        Page::Continue(page) => &mut page.frame,
        Page::EnrolFactor(page) => &mut page.frame,
        Page::EnrolTotp(page) => &mut page.frame,
        Page::Error(page) => &mut page.frame,
        Page::ErrorDoc(page) => &mut page.frame,
        Page::ErrorIndex(page) => &mut page.frame,
        Page::FactorWays(page) => &mut page.frame,
        Page::FormPost(page) => &mut page.frame,
        Page::Gate(page) => &mut page.frame,
        Page::Landing(page) => &mut page.frame,
        Page::Log(page) => &mut page.frame,
        Page::Picker(page) => &mut page.frame,
        Page::RecoveryCodes(page) => &mut page.frame,
        Page::SecondFactor(page) => &mut page.frame,
        Page::SignIn(page) => &mut page.frame,
        Page::SignOut(page) => &mut page.frame,
        Page::SignedOut(page) => &mut page.frame,
        Page::SignUp(page) => &mut page.frame,
        Page::Trace(page) => &mut page.frame,
    };
    frame.locale = samples::PSEUDO;
    page
}

/// Writes the pages where a browser can open them, with their assets beside them.
#[test]
fn every_page_renders_in_every_language() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/pages"));
    fs::create_dir_all(folder.join("assets")).unwrap();
    for address in assets::addresses().values() {
        let file = address.strip_prefix("/assets/").unwrap();
        fs::write(folder.join("assets").join(file), asset(file).unwrap().bytes).unwrap();
    }
    let pages = Pages::new();
    for (name, page) in samples::all() {
        let policy = csp(&page.kind());
        for (suffix, page) in [("", page.clone()), ("-mirrored", mirrored(page))] {
            let text = pages.render(&page).unwrap_or_else(|fault| panic!("{name}{suffix}: {fault:?}"));
            let local = text.replace("=\"/assets/", "=\"assets/");
            fs::write(folder.join(format!("{name}{suffix}.html")), local).unwrap();
            fs::write(folder.join(format!("{name}{suffix}.csp")), &policy).unwrap();
        }
    }
}

#[test]
fn a_page_with_its_style_weighs_forty_kilobytes_at_most() {
    let shared: usize =
        assets::addresses().values().map(|a| asset(&a["/assets/".len()..]).unwrap().bytes.len()).sum();
    let pages = Pages::new();
    for (name, page) in samples::all() {
        let weight = pages.render(&page).unwrap().len() + shared;
        assert!(weight <= 40_000, "{name} weighs {weight} bytes");
    }
}

#[test]
fn pages_need_no_inline_style_or_handler_and_load_nothing_foreign() {
    let pages = Pages::new();
    for (name, page) in samples::all() {
        let text = pages.render(&page).unwrap();
        for forbidden in
            [" style=", "<style", " onclick", " onload", " onsubmit", "javascript:", "src=\"http", "@import"]
        {
            assert!(!text.contains(forbidden), "{name} holds {forbidden}");
        }
        for tag in text.split("<link ").skip(1).chain(text.split("<img ").skip(1)) {
            assert!(tag.contains("=\"/assets/"), "{name} loads {}", &tag[..tag.len().min(80)]);
        }
        let scripts = text.matches("<script").count();
        let inline = text.matches("<script nonce=").count();
        let is_hand_over = matches!(page, Page::Continue(_) | Page::FormPost(_));
        assert_eq!(inline, usize::from(is_hand_over), "{name}");
        assert!(scripts <= 1, "{name} has {scripts} scripts");
    }
}

#[test]
fn every_form_carries_its_flow_and_posts_to_the_given_place() {
    for (name, id, action) in [
        ("sign-in", "signin", "/flow/signin"),
        ("sign-up", "signup", "/flow/signup"),
        ("consent", "consent", "/flow/consent"),
        ("picker", "picker", "/flow/picker"),
        ("second-factor", "second-factor", "/flow/second-factor"),
        ("factor-ways", "ways", "/flow/factor-ways"),
        ("enrol-factor", "enrol", "/flow/enrol-factor"),
        ("enrol-totp", "enrol-totp", "/flow/enrol-totp"),
        ("sign-out", "signout", "/flow/signout"),
    ] {
        let text = rendered(name);
        assert!(text.contains(&format!("<form id=\"{id}\" method=\"post\" action=\"{action}\"")), "{name}");
        assert_eq!(text.matches("<input type=\"hidden\" name=\"flow\" value=\"c2Vhb").count(), 1, "{name}");
    }
}

#[test]
fn names_and_ids_are_the_ones_that_scripts_rely_on() {
    for (name, parts) in [
        (
            "sign-in",
            vec![
                "id=\"username\" name=\"username\"",
                "autocomplete=\"username\"",
                "autocapitalize=\"none\"",
                "spellcheck=\"false\"",
                "id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\"",
                "id=\"signin-submit\"",
            ],
        ),
        (
            "sign-up",
            vec![
                "id=\"username\" name=\"username\"",
                "id=\"display_name\" name=\"display_name\"",
                "id=\"email\" name=\"email\" type=\"email\"",
                "autocomplete=\"new-password\"",
                "minlength=\"10\"",
                "id=\"signup-submit\"",
            ],
        ),
        (
            "consent-admin",
            vec![
                "id=\"consent-allow\" name=\"decision\" value=\"allow\"",
                "id=\"consent-deny\" name=\"decision\" value=\"deny\"",
                "id=\"consent-organisation\" name=\"organisation\"",
            ],
        ),
        (
            "picker",
            vec!["name=\"account\" value=\"a1\"", "id=\"use-another\" type=\"submit\" name=\"account\""],
        ),
        (
            "second-factor",
            vec![
                "id=\"code\" name=\"code\" type=\"text\" inputmode=\"numeric\" autocomplete=\"one-time-code\"",
                "id=\"second-factor-submit\"",
                "id=\"other-way\"",
            ],
        ),
        (
            "second-factor-recovery",
            vec!["inputmode=\"text\" autocomplete=\"off\"", "autocapitalize=\"none\""],
        ),
        ("second-factor-email", vec!["id=\"send-code-submit\""]),
        ("factor-ways", vec!["name=\"way\" value=\"w1\"", "name=\"way\" value=\"w2\""]),
        (
            "enrol-factor",
            vec!["id=\"enrol-totp\" type=\"submit\" name=\"kind\" value=\"totp\"", "value=\"decline\""],
        ),
        (
            "enrol-totp",
            vec!["<svg viewbox=", "id=\"totp-secret\"", "id=\"totp-link\"", "id=\"enrol-totp-submit\""],
        ),
        (
            "recovery-codes",
            vec!["id=\"recovery-codes\"", "download=\"recovery-codes.txt\"", "id=\"codes-kept\""],
        ),
        ("sign-out", vec!["id=\"signout-confirm\""]),
        ("form-post", vec!["id=\"form-post\"", "name=\"code\" value=\"SECRETCODE\""]),
        (
            "continue",
            vec![
                "id=\"continue-link\"",
                "content=\"0;url=https://localhost:7501/redirect?code=SECRETCODE&amp;state=x%7Cy\"",
            ],
        ),
    ] {
        let text = rendered(name);
        for part in parts {
            assert!(text.contains(part), "{name} lacks {part}");
        }
    }
    assert!(rendered("picker").contains(&format!("value=\"{USE_ANOTHER}\"")));
}

#[test]
fn what_a_person_typed_comes_back_as_text() {
    let text = rendered("sign-in-problem");
    assert!(text.contains("value=\"ben.fern&quot;&gt;&lt;script&gt;\""));
    assert_eq!(text.matches("<script").count(), 1, "only our own");
}

#[test]
fn a_complaint_stands_at_its_field_and_in_the_summary() {
    let text = rendered("sign-up-problem");
    assert_eq!(text.matches("role=\"alert\"").count(), 1);
    for id in ["username", "email", "password"] {
        assert!(text.contains(&format!("id=\"{id}-problem\"")), "{id}");
        assert!(text.contains(&format!("<a href=\"#{id}\">")), "{id}");
    }
    assert_eq!(text.matches("aria-invalid=\"true\"").count(), 3);
    assert!(text.contains("aria-describedby=\"username-hint username-problem\""));
    assert!(!rendered("sign-up").contains("aria-invalid"));
}

#[test]
fn the_organisation_is_never_ticked_beforehand() {
    assert!(!rendered("consent-admin").contains("checked"));
    assert!(!rendered("consent").contains("consent-organisation"));
    assert!(!rendered("consent-everybody").contains("consent-organisation\""));
}

#[test]
fn the_differing_part_is_marked() {
    let text = rendered("error");
    assert!(text.contains("http://localhost:5173/callback<mark>/</mark>"), "{text}");
    assert!(text.contains("http://localhost:5173/callback<mark class=\"gap\"></mark>"));
    assert!(text.contains("datetime=\"2026-11-22T10:41:07Z\""));
    let public = rendered("error-production");
    assert!(!public.contains("error-expected") && !public.contains(" open>"));
}

#[test]
fn the_development_bar_is_absent_without_one() {
    assert!(rendered("sign-in").contains("class=\"dev\""));
    assert!(!rendered("sign-in-again").contains("class=\"dev\""));
}

#[test]
fn nothing_secret_is_printed_by_debug() {
    for (name, page) in samples::all() {
        let text = format!("{page:?}");
        assert!(!text.contains("SECRETCODE") && !text.contains("c2Vhb"), "{name}");
    }
}

/// The text of templates is the catalogue's: between tags and expressions stand no letters.
#[test]
fn templates_hold_no_words_of_their_own() {
    for (name, source) in render::template_sources() {
        let mut rest = (*source).to_owned();
        for (open, close) in [("{#", "#}"), ("{{", "}}"), ("{%", "%}"), ("<script", "</script>"), ("<", ">")]
        {
            while let Some(start) = rest.find(open) {
                let end = rest[start..].find(close).unwrap() + start + close.len();
                rest.replace_range(start..end, " ");
            }
        }
        let words: Vec<&str> =
            rest.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).collect();
        // Attributes that a macro hands to a tag, the one code that a template names, and layout classes.
        let known = ["aria-", "-hint", "-problem", "DW1302", "narrow", "medium", "wide"];
        let strays: Vec<_> =
            words.into_iter().filter(|word| !known.iter().any(|part| word.contains(part))).collect();
        assert!(strays.is_empty(), "{name}: {strays:?}");
    }
}

#[test]
fn every_message_is_used_and_none_is_missing() {
    let sources: String = render::template_sources().iter().map(|(_, source)| *source).collect();
    let catalogue = Catalogue::english();
    let composed = [
        "footer.",
        "field.identifier.",
        "error.",
        "doc.detected.",
        "doc.disclosure.",
        "problem.",
        "log.title.",
        "log.lead.",
        "trace.verdict.",
        "trace.fact.",
        "gate.",
        "my.done.",
        "my.factor.",
    ];
    let unused: Vec<&str> = catalogue
        .keys()
        .filter(|key| !composed.iter().any(|prefix| key.starts_with(prefix)))
        .filter(|key| {
            let base = key.trim_end_matches(".one").trim_end_matches(".other");
            !sources.contains(&format!("\"{base}\"")) && !sources.contains(&format!("'{base}'"))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
    for problem in Problem::ALL {
        assert!(catalogue.message(problem.key(), Some(2)).is_some(), "{problem:?}");
    }
    for kind in ["case", "extra_slash", "missing_slash", "scheme", "loopback"] {
        assert!(catalogue.message(&format!("error.difference.{kind}"), None).is_some(), "{kind}");
    }
    let titles: BTreeSet<_> = catalogue.keys().filter_map(|key| key.strip_suffix(".title")).collect();
    for title in titles.iter().filter(|key| key.starts_with("error.")) {
        assert!(
            catalogue.message(&format!("{title}.lead"), None).is_some(),
            "{title} has a title and no lead"
        );
    }
}

/// What a strict parser would complain about: tags that do not close, attributes that run into each other, ids
/// that occur twice.
#[test]
fn pages_are_well_formed() {
    let pages = Pages::new();
    for (name, page) in samples::all() {
        let text = pages.render(&mirrored(page)).unwrap();
        let (mut open, mut ids) = (Vec::new(), BTreeSet::new());
        for piece in text.split('<').skip(1) {
            let tag = &piece[..piece.find('>').unwrap_or_else(|| panic!("{name}: {piece}"))];
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{name}: {tag}");
                continue;
            }
            let (element, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            if !["!doctype", "meta", "link", "img", "input"].contains(&element) {
                open.push(element);
            }
            while !attributes.is_empty() {
                let end = attributes.find([' ', '=']).unwrap_or(attributes.len());
                let (key, rest) = attributes.split_at(end);
                assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}: {tag}");
                let value = rest.strip_prefix("=\"").and_then(|rest| rest.split_once('"'));
                assert!(value.is_some() || !rest.starts_with('='), "{name}: {tag}");
                if let ("id", Some((id, _))) = (key, value) {
                    assert!(ids.insert(id), "{name}: id {id} occurs twice");
                }
                let after = value.map_or(rest, |(_, after)| after);
                attributes = after.strip_prefix(' ').unwrap_or(after);
                assert!(after.is_empty() || after.starts_with(' '), "{name}: {tag}");
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}
