//! Runs Mattermost server plugins as WebAssembly components, inside the server's process.
//!
//! A post's way through it: [`dispatch`](Runtime::filter) (who exports this hook) → the plugin's
//! pool (an instance, a slot) → the call (fuel, deadline, memory) → the guest, whose API calls
//! come out at the [`Platform`]. The runtime knows nothing of SQL or HTTP routes.
//!
//! | room | subject |
//! | --- | --- |
//! | `hooks` | the hooks and their types |
//! | `inspect`, `permissions` | what a component is and wants |
//! | `artifact` | validate, compile, cache |
//! | `permit`, `scope` | what was not granted, and where a plugin may look |
//! | `plugin` | an active plugin: pool, call, health, observers |
//! | `dispatch` | who is asked, and what becomes of the answers |
//! | `bridge` | plugins and the server call each other |
//! | `guest` | the interfaces that the runtime itself answers |
//! | `outbound` | requests to hosts outside the server |

pub mod bindings;

mod artifact;
mod bridge;
mod context;
mod cut;
mod dispatch;
mod engine;
mod fault;
mod fuel;
mod guest;
mod hooks;
mod inspect;
mod kept;
mod lending;
mod limits;
mod log;
mod metrics;
mod outbound;
mod permissions;
mod permit;
mod platform;
mod plugin;
mod rates;
mod runtime;
mod scope;
mod state;

pub use artifact::{Artifact, LoadError};
pub use bridge::{
    BodyStream, BreakerState, BridgeCall, BridgeError, BridgeMap, EndpointError, HEADER_PLUGIN_ID, HEADER_USER_ID,
    Head, Hop, Hops, IDENTITY_HEADERS, MAX_ENDPOINTS, MapEdge, MapEndpoint, MapPlugin, PluginBody, PluginResponse,
    SchemaError, check_endpoints, strip_identity,
};
pub use context::{CallContext, CallPath, MAX_DEPTH, Source};
pub use cut::Cut;
pub use dispatch::Rejection;
pub use engine::EPOCH_TICK;
pub use fault::{CallError, Fault, FaultKind};
pub use fuel::FuelAccount;
pub use hooks::*;
pub use inspect::{
    CONTRACT, CONTRACT_VERSION, Inspection, MANIFEST_SECTION, MAX_COMPONENT_BYTES, inspect, manifest_section,
};
pub use kept::Kept;
pub use lending::{Lender, Lent};
pub use limits::{LIMITS, LimitError, LimitInfo, Limits};
pub use log::{LogLevel, LogLine};
pub use outbound::{HostRule, HostRuleError, Network, OutboundError, OutboundRecord, Resolve, SystemResolver};
pub use permissions::{WASI, permission};
pub use permit::{OUT_OF_SCOPE, PERMISSION_DENIED};
pub use platform::{Caller, Platform};
pub use plugin::{ActivateError, Activation, Policy};
pub use rates::{Rate, Rates, TooOften};
pub use runtime::{Runtime, RuntimeOptions};
pub use scope::{Place, Placed, Reach};
pub use state::State;
