//! Against a directory of one entry that speaks just enough of the protocol.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use wasmoat_model::UserAuth;

use crate::{Core, testing::TestCore};

/// One BER element.
fn ber(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    ber(0x30, &[&[2, 1, id], operation])
}

fn attribute(name: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| ber(4, &[value.as_bytes()])).collect();
    ber(0x30, &[&ber(4, &[name.as_bytes()]), &ber(0x31, &[&values])])
}

/// Accepts every password, and finds Ada whatever is looked for.
async fn directory() -> u16 {
    const SUCCESS: &[u8] = &[0x0a, 1, 0, 4, 0, 4, 0];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        while let Ok(1..) = socket.read(&mut request).await {
            let (id, operation) = (request[4], request[5]);
            let answer = match operation {
                0x60 => message(id, &ber(0x61, &[SUCCESS])),
                0x63 => {
                    let attributes = [attribute("mail", &["ada@example.org", "a@x"]), attribute("cn", &["Ada"])];
                    let entry = ber(0x64, &[&ber(4, &[b"uid=ada"]), &ber(0x30, &[&attributes.concat()])]);
                    [message(id, &entry), message(id, &ber(0x65, &[SUCCESS]))].concat()
                }
                _ => return,
            };
            socket.write_all(&answer).await.unwrap();
        }
    });
    port
}

async fn with_directory(port: u16) -> TestCore {
    let core = Core::for_tests().await;
    let patch = json!({
        "ServiceSettings": { "LicensedFeatures": ["ldap"] },
        "LdapSettings": {
            "Enable": true, "LdapServer": "127.0.0.1", "LdapPort": port, "BaseDN": "dc=example",
            "IdAttribute": "uid", "UserFilter": "(objectClass=person)", "QueryTimeout": 5,
        },
    });
    core.patch_config(&wasmoat_runtime::CallContext::core(), &patch).await.unwrap();
    core
}

#[tokio::test]
async fn attributes_come_from_the_directory_entry() {
    let core = with_directory(directory().await).await;
    let ada = core.new_user("ada").await;
    let names = ["Mail".to_owned(), "cn".to_owned(), "phone".to_owned()];
    assert!(core.get_ldap_user_attributes(&ada.id, &names).await.unwrap().is_empty(), "she logs in with a password");
    let auth = UserAuth { auth_data: Some("ada)(uid=*".into()), auth_service: "ldap".into() };
    core.update_user_auth(&ada.id, auth).await.unwrap();
    let found = core.get_ldap_user_attributes(&ada.id, &names).await.unwrap();
    let expected = [("Mail", "ada@example.org"), ("cn", "Ada")];
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(core.get_ldap_user_attributes("nobody", &names).await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn a_directory_that_is_off_or_away_is_an_error() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let error = core.get_ldap_user_attributes(&ada.id, &[]).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("ent.ldap.disabled.app_error", 501));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let core = with_directory(port).await;
    let ada = core.new_user("ada").await;
    let auth = UserAuth { auth_data: Some("ada".into()), auth_service: "ldap".into() };
    core.update_user_auth(&ada.id, auth).await.unwrap();
    let error = core.get_ldap_user_attributes(&ada.id, &["cn".to_owned()]).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("ent.ldap.do_login.unable_to_connect.app_error", 500));
}

#[test]
fn what_a_user_is_called_is_no_part_of_the_filter() {
    let directory = super::Directory {
        url: String::new(),
        start_tls: false,
        verify: true,
        timeout: std::time::Duration::ZERO,
        bind: Default::default(),
        base: String::new(),
        user_filter: "(objectClass=person)".into(),
        id_attribute: "uid".into(),
    };
    assert_eq!(directory.filter("a)(b=*"), r"(&(uid=a\29\28b=\2a)(objectClass=person))");
}
