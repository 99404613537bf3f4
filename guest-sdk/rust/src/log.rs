//! The server's log. Lines carry the plugin's id; keys and values come after the text:
//!
//! ```
//! # let platform = wasmoat::testing::Platform::new();
//! # let (user_id, count) = ("u", 3);
//! wasmoat::log::info!("votes counted", user = user_id, count = count);
//! # assert_eq!(platform.log()[0].value("count"), Some("3"));
//! ```
//!
//! The text is anything that is a `str`; a value is anything with `Display`.

#[doc(inline)]
pub use crate::api::log::*;
#[doc(inline)]
pub use crate::{__debug as debug, __error as error, __info as info, __warn as warn};

/// Logs at level debug.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($($line:tt)*) => { $crate::__log!(log_debug, $($line)*) };
}

/// Logs at level info.
#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($line:tt)*) => { $crate::__log!(log_info, $($line)*) };
}

/// Logs at level warn.
#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($line:tt)*) => { $crate::__log!(log_warn, $($line)*) };
}

/// Logs at level error.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($line:tt)*) => { $crate::__log!(log_error, $($line)*) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($function:ident, $message:expr $(, $key:ident = $value:expr)* $(,)?) => {
        $crate::log::$function(
            ::core::convert::AsRef::<str>::as_ref(&$message),
            &[$((
                ::std::string::String::from(::core::stringify!($key)),
                ::std::string::ToString::to_string(&$value),
            )),*],
        )
    };
}
