//! Requests that no client should send: every endpoint answers with an error of the client's, in its own format.

use axum::body::Body;
use http::Request;

use crate::support::{Answer, Door, World, form};

const MACHINES: [&str; 4] = ["token", "introspect", "revoke", "userinfo"];
const PAGES: [&str; 2] = ["authorize", "logout"];
const FORM: &str = "application/x-www-form-urlencoded";

async fn send(world: &World, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(body)).unwrap()).await
}

#[track_caller]
fn is_the_clients_fault(answer: &Answer, what: &str) {
    assert!(answer.status.is_client_error(), "{what}: {} {}", answer.status, answer.text());
    assert_eq!(answer.header("doorward-trace").len(), 32, "{what}");
    assert_eq!(answer.header("retry-after"), "", "{what}: MSAL would stop asking");
}

#[tokio::test]
async fn wrong_methods_are_told_which_are_right() {
    let world = World::open().await;
    for door in Door::ALL {
        for (endpoint, allowed) in [
            ("token", "POST"),
            ("introspect", "POST"),
            ("revoke", "POST"),
            ("userinfo", "GET, POST"),
            ("authorize", "GET, POST"),
            ("logout", "GET, POST"),
        ] {
            for method in ["GET", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "MKCOL", "post"] {
                if allowed.split(", ").any(|allowed| allowed == method) {
                    continue;
                }
                let path = door.at(endpoint);
                let headers = [("accept", "application/json")];
                let answer = send(&world, method, &path, &headers, Vec::new()).await;
                answer.refused(405, "invalid_request", "DW1052");
                assert_eq!(answer.header("allow"), allowed, "{method} {path}");
                let page = send(&world, method, &path, &[("accept", "text/html")], Vec::new()).await;
                assert_eq!((page.status.as_u16(), page.header("allow")), (405, allowed), "{method} {path}");
            }
        }
        let metadata = send(&world, "POST", door.metadata(), &[], Vec::new()).await;
        metadata.refused(405, "invalid_request", "DW1052");
        assert_eq!(metadata.header("allow"), "GET");
    }
}

#[tokio::test]
async fn scripts_may_ask_beforehand_where_they_may_call() {
    let world = World::open().await;
    for door in Door::ALL {
        for endpoint in ["token", "revoke", "userinfo"] {
            let headers = [("origin", "https://spa.test"), ("access-control-request-method", "POST")];
            let answer = send(&world, "OPTIONS", &door.at(endpoint), &headers, Vec::new()).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
            assert_eq!(answer.header("access-control-allow-origin"), "*");
        }
        for endpoint in ["authorize", "logout", "introspect"] {
            let answer = send(&world, "OPTIONS", &door.at(endpoint), &[], Vec::new()).await;
            assert_eq!(answer.status, 405, "{endpoint}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
    }
}

#[tokio::test]
async fn bodies_of_another_type_are_refused() {
    let world = World::open().await;
    for door in Door::ALL {
        for endpoint in ["token", "introspect", "revoke", "authorize", "logout"] {
            for content_type in [
                Some("application/json"),
                Some("multipart/form-data; boundary=x"),
                Some("text/plain"),
                Some(""),
                Some("application/x-www-form-urlencodedx"),
                None,
            ] {
                let mut headers = vec![("accept", "application/json")];
                headers.extend(content_type.map(|value| ("content-type", value)));
                let body = br#"{"grant_type":"client_credentials"}"#.to_vec();
                let answer = send(&world, "POST", &door.at(endpoint), &headers, body).await;
                answer.refused(400, "invalid_request", "DW1053");
            }
        }
    }
}

#[tokio::test]
async fn repeated_parameters_are_named() {
    let world = World::open().await;
    for door in Door::ALL {
        for endpoint in ["token", "introspect", "revoke"] {
            for name in
                ["grant_type", "client_id", "client_secret", "token", "code", "refresh_token", "scope"]
            {
                let body = form(&[(name, "a"), (name, "b")]).into_bytes();
                let answer = send(&world, "POST", &door.at(endpoint), &[("content-type", FORM)], body).await;
                answer.refused(400, "invalid_request", "DW1051");
                assert!(answer.text().contains(name));
            }
        }
        for name in ["client_id", "redirect_uri", "state", "scope", "response_type", "prompt", "nonce"] {
            let query = form(&[(name, "a"), (name, "a")]);
            let path = format!("{}?{query}", door.at("authorize"));
            let answer = world.get_with(&path, &[("accept", "application/json")]).await;
            answer.refused(400, "invalid_request", "DW1051");
            let page = world.browser().visit(&path).await.page();
            assert_eq!((page.status.as_u16(), page.code().as_str()), (400, "DW1051"));
        }
        // Once in the query and once in the form is twice.
        let path = format!("{}?client_id=a", door.at("authorize"));
        let headers = [("content-type", FORM), ("accept", "application/json")];
        let answer = send(&world, "POST", &path, &headers, b"client_id=b".to_vec()).await;
        answer.refused(400, "invalid_request", "DW1051");
    }
}

#[tokio::test]
async fn parameters_that_cannot_be_read_are_malformed() {
    let world = World::open().await;
    for broken in ["a=%", "a=%4", "a=%zz", "%ff=1", "a=%ff", "a=%c3%28", "grant_type=%ed%a0%80"] {
        for endpoint in ["token", "introspect", "revoke", "authorize", "logout"] {
            let headers = [("content-type", FORM), ("accept", "application/json")];
            let path = Door::Plain.at(endpoint);
            let answer = send(&world, "POST", &path, &headers, broken.as_bytes().to_vec()).await;
            answer.refused(400, "invalid_request", "DW1050");
        }
        let page = world.browser().visit(&format!("{}?{broken}", Door::Plain.at("authorize"))).await.page();
        assert_eq!(page.code(), "DW1050", "{broken}");
    }
    let many = (0..101).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let answer =
        send(&world, "POST", "/meadow/oauth2/token", &[("content-type", FORM)], many.into_bytes()).await;
    answer.refused(400, "invalid_request", "DW1050");
}

#[tokio::test]
async fn oversize_requests_are_refused_before_they_are_read() {
    let world = World::open().await;
    for door in Door::ALL {
        for endpoint in MACHINES.into_iter().chain(PAGES) {
            for size in [64 * 1024 + 1, 3 * 1024 * 1024] {
                let mut body = b"a=".to_vec();
                body.resize(size, b'x');
                let headers = [("content-type", FORM), ("accept", "application/json")];
                let answer = send(&world, "POST", &door.at(endpoint), &headers, body).await;
                answer.refused(413, "invalid_request", "DW1054");
            }
        }
        let long = format!("{}?state={}", door.at("authorize"), "x".repeat(16 * 1024));
        let answer = world.get_with(&long, &[("accept", "application/json")]).await;
        answer.refused(413, "invalid_request", "DW1054");
        let page = world.browser().visit(&long).await.page();
        assert_eq!((page.status.as_u16(), page.code().as_str()), (413, "DW1054"));
    }
    let mut body = b"flow=".to_vec();
    body.resize(65 * 1024, b'x');
    let answer = send(&world, "POST", "/flow/sign-in", &[("content-type", FORM)], body).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[tokio::test]
async fn machine_endpoints_speak_json_whatever_is_accepted() {
    let world = World::open().await;
    for door in Door::ALL {
        for endpoint in MACHINES {
            for accept in ["text/html", "*/*", "application/json", "", "nonsense;;q=", "image/png"] {
                let headers = [("accept", accept), ("content-type", FORM)];
                let answer = send(&world, "POST", &door.at(endpoint), &headers, Vec::new()).await;
                is_the_clients_fault(&answer, endpoint);
                answer.json();
                assert_eq!(answer.header("cache-control"), "no-store");
            }
        }
    }
}

#[tokio::test]
async fn pages_speak_html_to_people_and_json_to_machines() {
    let world = World::open().await;
    for door in Door::ALL {
        let path = door.at("authorize");
        for (accept, content_type) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
            ("application/json, text/html", "text/html; charset=utf-8"),
            ("application/json", "application/json"),
        ] {
            let answer = world.get_with(&path, &[("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, content_type));
        }
    }
}

#[tokio::test]
async fn a_path_that_nothing_is_at_answers_programs_in_json() {
    let world = World::open().await;
    for path in [
        "/nowhere",
        "/meadow",
        "/meadow/oauth2/v2.0/tokens",
        "/x/y/z",
        "/.well-known/nothing",
        "/flow",
        "/feed",
    ] {
        for accept in ["application/json", "*/*", ""] {
            let answer = world.get_with(path, &[("accept", accept)]).await;
            answer.refused(404, "invalid_request", "DW1055");
        }
        let page = world.browser().visit(path).await.page();
        assert_eq!((page.status.as_u16(), page.code().as_str()), (404, "DW1055"));
        let posted = world.post(path, &[("a", "b")]).await;
        posted.refused(404, "invalid_request", "DW1055");
    }
}

#[tokio::test]
async fn headers_with_odd_bytes_do_no_harm() {
    let world = World::open().await;
    for name in [
        "authorization",
        "cookie",
        "origin",
        "accept",
        "accept-language",
        "content-type",
        "client-request-id",
    ] {
        for value in [&b"\xff\xfe"[..], b"\xe9", b"=;=;", b"Basic \xff", b"\"", b";;;;"] {
            for path in [Door::Plain.at("token"), Door::Directory.at("authorize"), Door::Flow.at("userinfo")]
            {
                let mut request = Request::post(&path);
                if name != "content-type" {
                    request = request.header("content-type", FORM);
                }
                let value = http::HeaderValue::from_bytes(value).unwrap();
                let answer = world.send(request.header(name, value).body(Body::from("a=b")).unwrap()).await;
                is_the_clients_fault(&answer, name);
            }
        }
    }
}

#[tokio::test]
async fn what_stands_in_the_query_of_a_machine_endpoint_does_not_count() {
    let world = World::open().await;
    for endpoint in ["token", "introspect", "revoke"] {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", "daemon"),
            ("client_secret", crate::support::DAEMON_SECRET),
            ("resource", "api://notes"),
            ("token", "x"),
        ];
        let path = format!("{}?{}", Door::Plain.at(endpoint), form(&fields));
        let answer = world.post(&path, &[]).await;
        is_the_clients_fault(&answer, endpoint);
    }
}
