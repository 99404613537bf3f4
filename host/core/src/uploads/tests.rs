use bytes::Bytes;
use wasmoat_model::{AppError, FileInfo, UploadSession, new_id};

use crate::channels::tests::World;

fn session(world: &World, size: i64) -> UploadSession {
    UploadSession {
        r#type: "attachment".into(),
        user_id: world.ann.id.clone(),
        channel_id: world.square.id.clone(),
        filename: "film.bin".into(),
        file_size: size,
        ..UploadSession::default()
    }
}

async fn send(world: &World, session: &UploadSession, data: Vec<u8>) -> Result<Option<FileInfo>, AppError> {
    world.upload_data(&world.cx, session, futures::stream::iter([Ok(Bytes::from(data))])).await
}

#[tokio::test]
async fn a_file_comes_in_parts_and_goes_on_where_it_stopped() {
    let world = World::new().await;
    let mut session = world.create_upload_session(session(&world, 6 << 20)).await.unwrap();
    assert_eq!(send(&world, &session, vec![1; 5 << 20]).await.unwrap(), None);
    session = world.get_upload_session(&session.id).await.unwrap();
    assert_eq!(session.file_offset, 5 << 20);
    let behind = UploadSession { file_offset: 0, ..session.clone() };
    let error = send(&world, &behind, vec![1; 5 << 20]).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.upload.upload_data.concurrent.app_error", 400));
    // More than is missing: the rest is not taken.
    let info = send(&world, &session, vec![2; 3 << 20]).await.unwrap().unwrap();
    assert_eq!((info.size, info.name.as_str()), (6 << 20, "film.bin"));
    let data = world.get_file(&info).await.unwrap();
    assert_eq!((data.len(), data[(5 << 20) - 1], data[5 << 20]), (6 << 20, 1, 2));
    assert_eq!(world.get_upload_session(&session.id).await.unwrap_err().status_code, 404);
    assert!(world.files.list("uploads").await.unwrap().is_empty(), "no part stays");
}

#[tokio::test]
async fn what_cannot_be_an_upload_is_refused_at_once() {
    let world = World::new().await;
    let refused = async |change: fn(&mut UploadSession)| {
        let mut session = session(&world, 10);
        change(&mut session);
        world.create_upload_session(session).await.unwrap_err()
    };
    for (change, id, status) in [
        (
            (|session| session.r#type.clear()) as fn(&mut UploadSession),
            "model.upload_session.is_valid.type.app_error",
            400,
        ),
        (|session| session.filename.clear(), "model.upload_session.is_valid.filename.app_error", 400),
        (|session| session.file_size = 0, "model.upload_session.is_valid.file_size.app_error", 400),
        (|session| session.file_size = i64::MAX, "api.upload.create.upload_too_large.app_error", 413),
        (|session| session.channel_id = new_id(), "app.upload.create.incorrect_channel_id.app_error", 400),
        (|session| session.id = "../../etc".into(), "model.upload_session.is_valid.id.app_error", 400),
    ] {
        let error = refused(change).await;
        assert_eq!((error.id.as_str(), error.status_code), (id, status));
    }
    let session = world.create_upload_session(session(&world, 6 << 20)).await.unwrap();
    let error = send(&world, &session, vec![1; 100]).await.unwrap_err();
    assert_eq!(error.id, "app.upload.upload_data.first_part_too_small.app_error");
    assert_eq!(world.get_upload_sessions_for_user(&world.ann.id).await.unwrap(), [session]);
}

#[tokio::test]
async fn an_import_lies_where_admins_look_for_it() {
    let world = World::new().await;
    let import = UploadSession { r#type: "import".into(), channel_id: String::new(), ..session(&world, 4) };
    let import = world.create_upload_session(import).await.unwrap();
    let info = send(&world, &import, b"data".to_vec()).await.unwrap().unwrap();
    assert_eq!(info.path, format!("import/{}_film.bin", import.id));
    assert_eq!(world.files.read(&info.path).await.unwrap(), "data");
}
