use wasmoat_model::Preference;
use wasmoat_runtime::CallContext;

use crate::Core;

#[tokio::test]
async fn preferences_are_saved_replaced_and_deleted() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let preference = |name: &str, value: &str| Preference {
        user_id: ada.id.clone(),
        category: "c".into(),
        name: name.into(),
        value: value.into(),
    };
    let cx = CallContext::core();
    core.update_preferences(&cx, &ada.id, vec![preference("a", "1"), preference("b", "2")]).await.unwrap();
    core.update_preferences(&cx, &ada.id, vec![preference("a", "3")]).await.unwrap();
    assert_eq!(core.get_preference(&ada.id, "c", "a").await.unwrap().value, "3");
    assert_eq!(core.get_preferences_by_category(&ada.id, "c").await.unwrap().len(), 2);
    core.delete_preferences(&ada.id, &[preference("a", "")]).await.unwrap();
    assert_eq!(core.get_preference(&ada.id, "c", "a").await.unwrap_err().status_code, 400);
}

#[tokio::test]
async fn a_list_with_a_bad_or_foreign_entry_is_saved_in_no_part() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let good = Preference { user_id: ada.id.clone(), category: "c".into(), name: "n".into(), value: "v".into() };
    let foreign = Preference { user_id: wasmoat_model::new_id(), ..good.clone() };
    let bad = Preference { category: "x".repeat(33), ..good.clone() };
    let save = async |second| core.update_preferences(&CallContext::core(), &ada.id, vec![good.clone(), second]).await;
    assert_eq!(save(foreign).await.unwrap_err().status_code, 403);
    assert_eq!(save(bad).await.unwrap_err().id, "model.preference.is_valid.category.app_error");
    assert!(core.get_preferences_by_category(&ada.id, "c").await.is_err());
}
