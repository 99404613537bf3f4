use super::{kind, plain_name};

#[test]
fn a_name_is_a_name_and_no_path() {
    assert_eq!(plain_name("../../etc/passwd"), "passwd");
    assert_eq!(plain_name(r"C:\temp\a.png"), "a.png");
    assert_eq!(plain_name(".."), "file");
    assert_eq!(plain_name("a\u{0}b\n.txt"), "ab.txt");
    assert_eq!(plain_name(&"ä".repeat(300)).len(), 254);
}

#[test]
fn the_extension_says_what_it_is() {
    assert_eq!(kind::of("a.PNG"), ("png".into(), "image/png".into()));
    assert_eq!(kind::of("Makefile"), (String::new(), "application/octet-stream".into()));
}
