//! The link of a mail with a code. Opening it changes nothing, however often and by whomever (programs that look for
//! harm open links before people do). In the browser that asked, it leads to the page of the code with the code filled
//! in, and the button there uses it up. In another browser it shows the code, to be entered where it was asked for: a
//! link that somebody sent never signs anybody in.

use doorward_core::refusal::{JourneyRefusal, Refusal, RequestRefusal};
use doorward_dialect::Params;
use http::{HeaderMap, StatusCode};

use super::by_code::MailLink;
use super::{Stepped, open, reset, verify};
use crate::app::App;
use crate::pages::{ByMailPage, ElsewherePage, Page};
use crate::reply::{Visit, page};
use crate::shell::Failure;

pub(super) async fn show(app: &App, visit: &Visit, headers: &HeaderMap, params: &Params) -> Stepped {
    let sealed =
        params.value("l").ok_or_else(|| Refusal::new(RequestRefusal::MissingParameter { name: "l" }))?;
    let link = MailLink::open(app, sealed)?;
    if visit.now.seconds() >= link.ends {
        return Err(JourneyRefusal::AnswerWrong.into());
    }
    if let Some(flow) = &link.flow {
        let flow = Params::form(format!("flow={flow}").as_bytes()).map_err(Refusal::new)?;
        match open(app, visit, headers, &flow, false).await {
            Ok(at) if link.page == "reset" => return reset::show_code(&at, link.code).await,
            Ok(at) => return verify::show_code(&at, link.code).await,
            // Another browser, or the flow is over there.
            Err(Failure::Refused(_)) => {}
            Err(fault @ Failure::Fault(_)) => return Err(fault),
        }
    }
    let answer = ElsewherePage { frame: visit.frame(app, Some(&link.organisation)), code: link.code };
    Ok(page(app, &Page::ByMail(ByMailPage::Elsewhere(answer)), StatusCode::OK))
}
