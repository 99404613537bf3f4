//! A flood of log lines is no fault: it is cut.

use wasmoat_runtime::Limits;
use wasmoat_tests::guest;

use crate::{house, the_good_plugin_answers};

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_in_number_and_in_length() {
    let house = house().await;
    let limits = Limits { log_lines_per_second: 10, ..Limits::default() };
    house.activate("flood", guest("log-flood"), limits).await.unwrap();
    assert!(house.post("hello").await.is_ok());
    assert_eq!(house.platform.faults(), []);
    let lines = house.runtime.logs("flood", 0, 10_000);
    // The burst is ten times the rate; the rest is what a slow machine's seconds allow.
    assert!((100..1_000).contains(&lines.len()), "{}", lines.len());
    assert!(lines.iter().all(|line| line.message.len() <= (8 << 10) + '…'.len_utf8()));
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn what_was_dropped_is_said() {
    let house = house().await;
    let limits = Limits { log_lines_per_second: 1_000, ..Limits::default() };
    house.activate("flood", guest("log-flood"), limits).await.unwrap();
    let said = |house: &wasmoat_tests::House| {
        house.runtime.logs("flood", 0, 10_000).iter().any(|line| line.message.contains("log lines dropped"))
    };
    while !said(&house) {
        house.post("hello").await.unwrap();
    }
}
