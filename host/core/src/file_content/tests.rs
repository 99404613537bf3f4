use wasmoat_model::FileInfo;
use wasmoat_runtime::Lender as _;

use super::{ContentLender, FileContent};
use crate::Core;

fn turn(lender: &mut ContentLender) -> wasmoat_runtime::Lent {
    lender.lend()
}

async fn read(lent: &wasmoat_runtime::Lent, offset: u64, length: u32) -> Vec<u8> {
    lent.get::<FileContent>().unwrap().read(offset, length).await.unwrap().to_vec()
}

async fn write(lent: &wasmoat_runtime::Lent, chunk: &[u8]) {
    lent.get::<FileContent>().unwrap().write(chunk).await.unwrap();
}

#[tokio::test]
async fn each_plugin_sees_what_the_one_before_left() {
    let core = Core::for_tests().await;
    let content = core.spool("Test", b"0123456789").await.unwrap();
    let mut lender = ContentLender::new(content, core.data.join("spool"), 12);

    let first = turn(&mut lender);
    assert_eq!(read(&first, 7, 100).await, b"789");
    assert_eq!(read(&first, 100, 5).await, b"");
    write(&first, b"").await;
    let info = lender.settle(FileInfo::default()).await;
    assert_eq!((info.size, lender.replaced()), (10, false), "nothing was written");

    let second = turn(&mut lender);
    write(&second, b"new ").await;
    write(&second, b"bytes").await;
    assert_eq!(read(&second, 0, 3).await, b"012", "reading is of what was there");
    let error = second.get::<FileContent>().unwrap().write(b"too many").await.unwrap_err();
    assert_eq!(error.status_code, 413);
    let info = lender.settle(FileInfo::default()).await;
    assert_eq!((info.size, lender.replaced()), (9, true));

    // Its turn ends without being settled, as after a fault.
    let third = turn(&mut lender);
    write(&third, b"lost").await;
    let fourth = turn(&mut lender);
    assert_eq!(read(&fourth, 0, 100).await, b"new bytes");
    lender.settle(FileInfo::default()).await;
    assert_eq!(lender.into_content().size(), 9);
}
