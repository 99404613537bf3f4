//! The one wasmtime engine of a server: pooled memory, fuel, epochs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::{LIMITS, LoadError};

/// How often a guest that computes gives its thread back, and how late a deadline may be noticed.
pub const EPOCH_TICK: Duration = Duration::from_millis(10);

/// Stack of a guest. Deep recursion ends here with a fault.
pub(crate) const GUEST_STACK: usize = 1 << 20;

/// Instances of all plugins together. Their address space is reserved at start, their memory not.
pub(crate) const INSTANCES_TOTAL: u32 = 2_000;

/// Core modules, memories and tables of one component: Python guests are built from about twenty
/// linked libraries.
const CORES_PER_COMPONENT: u32 = 64;

/// The engine and the thread that moves its epoch.
#[derive(Debug)]
pub(crate) struct TickingEngine {
    pub(crate) engine: Engine,
    stop: Arc<AtomicBool>,
}

impl TickingEngine {
    pub(crate) fn new() -> Result<Self, LoadError> {
        let engine = Engine::new(&config()).map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (ticking, stopped) = (engine.weak(), Arc::clone(&stop));
        thread::Builder::new()
            .name("wasm-epoch".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    thread::sleep(EPOCH_TICK);
                    let Some(engine) = ticking.upgrade() else { return };
                    engine.increment_epoch();
                }
            })
            .map_err(|error| LoadError::Engine(error.to_string()))?;
        Ok(Self { engine, stop })
    }
}

impl Drop for TickingEngine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .wasm_component_model(true)
        // Functions are synchronous in the contract and the host is async by fibers; without the
        // component model's own concurrency a call is three times as fast.
        .concurrency_support(false)
        .max_wasm_stack(GUEST_STACK)
        // Room for the host functions that a guest calls at the bottom of its stack.
        .async_stack_size(GUEST_STACK + (1 << 20))
        .memory_init_cow(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pooling()));
    config
}

fn pooling() -> PoolingAllocationConfig {
    let most = |name: &str| {
        let limit = LIMITS.iter().find(|limit| limit.name == name).map_or(0, |limit| limit.most);
        usize::try_from(limit).unwrap_or(usize::MAX)
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES_TOTAL)
        .total_core_instances(INSTANCES_TOTAL * 4)
        .total_memories(INSTANCES_TOTAL)
        .total_tables(INSTANCES_TOTAL * 2)
        .total_stacks(INSTANCES_TOTAL)
        .max_core_instances_per_component(CORES_PER_COMPONENT)
        .max_memories_per_component(CORES_PER_COMPONENT)
        .max_tables_per_component(CORES_PER_COMPONENT)
        .max_tables_per_module(4)
        .max_memory_size(most("memory_bytes"))
        .table_elements(most("table_elements"))
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        // What a returned slot keeps: enough for the next Rust instance, nothing worth counting.
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(4 << 10)
        .async_stack_keep_resident(16 << 10)
        .max_unused_warm_slots(100);
    pool
}
