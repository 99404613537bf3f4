//! Who asks is said by the host alone.

use wasmoat_runtime::Limits;
use wasmoat_tests::guest;

use crate::house;

#[tokio::test]
async fn forged_headers_do_not_reach_another_plugin() {
    let house = house().await;
    for id in ["spoofer", "victim"] {
        house.activate(id, guest("spoofed-headers"), Limits::default()).await.unwrap();
    }
    let seen = house.ask("spoofer", "/victim", "").await.unwrap();
    let mut lines: Vec<_> = seen.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["mattermost-plugin-id=spoofer", "mattermost-user-id=", "x-harmless=kept"]);
}
