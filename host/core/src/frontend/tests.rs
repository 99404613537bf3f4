use wasmoat_model::{Dialog, SubmitDialogRequest};
use wasmoat_runtime::CallContext;

use super::*;

#[tokio::test]
async fn a_dialog_needs_a_trigger_id_of_this_server() {
    let core = Core::for_tests().await;
    let (_, trigger_id) = core.generate_trigger_id("ann");
    let dialog = Dialog { title: "Vote".into(), ..Dialog::default() };
    let request = OpenDialogRequest { trigger_id, url: "/plugins/poll/vote".into(), dialog };
    core.open_interactive_dialog(request.clone()).unwrap();
    let odd = OpenDialogRequest { dialog: Dialog::default(), ..request.clone() };
    core.open_interactive_dialog(odd).unwrap();
    let forged = OpenDialogRequest { trigger_id: "forged".into(), ..request };
    let error = core.open_interactive_dialog(forged).unwrap_err();
    assert_eq!((error.id.as_str(), error.status()), ("interactive_message.decode_trigger_id.app_error", 400));
}

#[tokio::test]
async fn an_answer_does_not_leave_for_the_own_network() {
    let core = Core::for_tests().await;
    for url in ["http://127.0.0.1:1/", "no address", "/plugins/nobody/x"] {
        let request = SubmitDialogRequest { url: url.into(), ..SubmitDialogRequest::default() };
        let error = core.submit_interactive_dialog(&CallContext::core(), request).await.unwrap_err();
        assert_eq!(error.id, "api.post.do_action.action_integration.app_error", "{url}");
    }
}

#[tokio::test]
async fn a_toast_needs_a_user_and_a_text() {
    let core = Core::for_tests().await;
    core.send_toast_message("u", "", "hello", "nowhere").unwrap();
    assert_eq!(core.send_toast_message("", "", "hello", "").unwrap_err().status(), 400);
    assert_eq!(core.send_toast_message("u", "c", "", "").unwrap_err().status(), 400);
}
