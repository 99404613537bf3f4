//! `wasmoat plugin inspect` on files as they come from an author, or from somebody else.

#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod common;

use std::fs;

use common::wasmoat;
use insta::assert_snapshot;

/// A component with a manifest, one hook and one API call.
const PLUGIN: &str = r#"
(component
  (import "wasmoat:plugin/posts@1.0.0" (instance (export "get-post" (func)) (export "create-post" (func))))
  (core module $code (func (export "activate")))
  (core instance $instance (instantiate $code))
  (func $activate (canon lift (core func $instance "activate")))
  (instance $hook (export "on-activate" (func $activate)))
  (export "wasmoat:plugin/on-activate@1.0.0" (instance $hook))
  (@custom "mattermost:manifest" "{\"id\":\"tiny\",\"name\":\"Tiny\",\"version\":\"1.2.3\",\"wasmoat\":{\"permissions\":{\"posts.read\":\"to count words\",\"kv\":\"never used\"},\"hosts\":{\"api.example.org\":{\"reason\":\"lists\",\"required\":true}},\"plugins\":{\"poll\":\"to ask\"},\"database\":{\"reason\":\"\"},\"limits\":{\"filter_ms\":900}}}")
)"#;

fn inspect(bytes: &[u8], args: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("tiny.wasm");
    fs::write(&file, bytes).unwrap();
    wasmoat(home.path(), &[&["plugin", "inspect", file.to_str().unwrap()], args].concat()).shown()
}

#[test]
fn a_plugin_is_laid_out() {
    let component = wat::parse_str(PLUGIN).unwrap();
    assert_snapshot!("inspect", inspect(&component, &[]));
    assert_snapshot!("inspect-json", inspect(&component, &["--json"]));
}

#[test]
fn what_is_no_plugin_is_told() {
    assert_snapshot!("inspect-text", inspect(b"#!/bin/sh\n", &[]));
    assert_snapshot!("inspect-core-module", inspect(&wat::parse_str("(module)").unwrap(), &[]));
    assert_snapshot!("inspect-no-hooks", inspect(&wat::parse_str("(component)").unwrap(), &[]));
}
