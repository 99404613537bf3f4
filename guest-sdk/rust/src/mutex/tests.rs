//! The lock on the mock platform, whose clock moves while a plugin sleeps.

use super::*;
use crate::testing::Platform;

#[test]
fn one_holds_it_at_a_time() {
    let platform = Platform::new();
    let mutex = Mutex::new("reports").unwrap();
    let held = mutex.try_lock().unwrap().unwrap();
    assert_eq!(platform.stored("mutex_reports").as_deref(), Some(LOCKED));
    assert!(mutex.try_lock().unwrap().is_none());
    assert!(Mutex::new("other").unwrap().try_lock().unwrap().is_some());
    held.unlock().unwrap();
    assert_eq!(platform.stored("mutex_reports"), None);
    drop(mutex.try_lock().unwrap().unwrap());
    assert!(mutex.try_lock().unwrap().is_some());
}

#[test]
fn a_lock_that_nobody_gives_back_ends_after_15_seconds() {
    let platform = Platform::new();
    let mutex = Mutex::new("reports").unwrap();
    std::mem::forget(mutex.try_lock().unwrap());
    platform.advance(Duration::from_millis(14_999));
    assert!(mutex.try_lock().unwrap().is_none());
    platform.advance(Duration::from_millis(1));
    assert!(mutex.try_lock().unwrap().is_some());
}

#[test]
fn a_refresh_holds_it_longer() {
    let platform = Platform::new();
    let mutex = Mutex::new("reports").unwrap();
    let mut held = mutex.try_lock().unwrap().unwrap();
    for _ in 0..10 {
        platform.advance(Duration::from_secs(8));
        held.refresh().unwrap();
    }
    assert!(mutex.try_lock().unwrap().is_none());
}

#[test]
fn who_comes_too_late_has_lost_it_and_gives_nothing_back() {
    let platform = Platform::new();
    let mutex = Mutex::new("reports").unwrap();
    let mut late = mutex.try_lock().unwrap().unwrap();
    platform.advance(TTL);
    let other = mutex.try_lock().unwrap().unwrap();
    assert_eq!(late.refresh().unwrap_err().id(), "plugin.mutex.lost");
    drop(late);
    assert!(mutex.try_lock().unwrap().is_none(), "it is the other's");
    other.unlock().unwrap();
}

#[test]
fn a_wait_ends_with_the_lock_or_with_the_patience() {
    let platform = Platform::new();
    let mutex = Mutex::new("reports").unwrap();
    std::mem::forget(mutex.try_lock().unwrap());
    let before = platform.now();
    let error = mutex.lock(Duration::from_secs(5)).unwrap_err();
    assert_eq!((error.status(), error.id()), (408, "plugin.mutex.timeout"));
    assert_eq!(platform.now() - before, 5_000);
    mutex.lock(Duration::from_secs(20)).unwrap().unlock().unwrap();
    assert!((14_000..17_000).contains(&(platform.now() - before)), "{}", platform.now() - before);
}

#[test]
fn a_name_is_1_to_144_characters() {
    assert!(Mutex::new("").is_err() && Mutex::new(&"x".repeat(145)).is_err());
    assert!(Mutex::new(&"é".repeat(144)).is_ok());
}
