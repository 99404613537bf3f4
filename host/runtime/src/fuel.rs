//! Fuel by the minute: what the calls of a plugin may compute together, and who pays for a call.
//!
//! A call of one plugin by another is paid by the one that started it, however deep the chain
//! goes: nobody uses up another's minute by calling it, nor spares its own by letting others work.
//! A hook that a plugin sets off by what it does (it posts, and others filter the post) is paid by
//! it up to [`HOOK_SHARE`] and beyond by the plugin whose hook it is: neither can a plugin starve
//! those that look at what it does, nor can they starve it.
//!
//! What a spent minute refuses are the calls of the plugin whose minute it is. A filter of another
//! plugin is never refused for it: that would let a post past the filter.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::FaultKind;

/// How long a budget lasts.
const MINUTE: Duration = Duration::from_secs(60);

/// Units of a hook that the plugin pays which set it off: what an ordinary hook needs, in Python
/// too.
pub(crate) const HOOK_SHARE: u64 = 20_000_000;

/// How exactly fuel is known while a guest computes without a break.
pub(crate) const FUEL_STEP: u64 = 10_000_000;

/// The minute of one plugin's calls, or of its jobs.
#[derive(Debug)]
pub struct FuelAccount {
    plugin: Arc<str>,
    limit: u64,
    setting: &'static str,
    minute: Mutex<Minute>,
}

#[derive(Debug)]
struct Minute {
    began: Instant,
    used: u64,
}

impl FuelAccount {
    pub(crate) fn new(plugin: Arc<str>, limit: u64, setting: &'static str) -> Self {
        Self { plugin, limit, setting, minute: Mutex::new(Minute { began: Instant::now(), used: 0 }) }
    }

    /// The minute that is under way. What was used beyond the last one is owed in the next.
    fn minute(&self, now: Instant) -> MutexGuard<'_, Minute> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(minute.began).as_secs() / MINUTE.as_secs();
        if passed > 0 {
            minute.used = minute.used.saturating_sub(self.limit.saturating_mul(passed));
            minute.began += MINUTE.saturating_mul(u32::try_from(passed).unwrap_or(u32::MAX));
        }
        minute
    }

    fn charge(&self, units: u64) {
        if units > 0 {
            let mut minute = self.minute(Instant::now());
            minute.used = minute.used.saturating_add(units);
        }
    }

    /// When there is fuel again, where the minute is spent.
    pub(crate) fn spent(&self, now: Instant) -> Option<Instant> {
        let minute = self.minute(now);
        (minute.used >= self.limit).then(|| minute.began + MINUTE)
    }

    /// Returns once there is fuel.
    pub(crate) async fn filled(&self) {
        while let Some(again) = self.spent(Instant::now()) {
            tokio::time::sleep_until(again.into()).await;
        }
    }

    fn fault(&self, again: Instant) -> FaultKind {
        FaultKind::FuelMinute {
            plugin: self.plugin.to_string(),
            limit: self.limit,
            wait: again.saturating_duration_since(Instant::now()),
            setting: self.setting,
        }
    }
}

/// Who pays for one call.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    own: Arc<FuelAccount>,
    /// The plugin that started the chain, and the units that it still pays.
    starter: Option<(Arc<FuelAccount>, u64)>,
    /// The call was made by that plugin, not set off by what it did.
    asked: bool,
    /// A spent minute makes the call slower instead of ending it.
    patient: bool,
}

impl Bill {
    /// The bill of a call of the plugin with the account `own`, inside what `starter` does.
    pub(crate) fn new(own: &Arc<FuelAccount>, starter: Option<&Arc<FuelAccount>>, is_hook: bool) -> Self {
        let share = if is_hook { HOOK_SHARE } else { u64::MAX };
        Self {
            own: Arc::clone(own),
            starter: starter.map(|starter| (Arc::clone(starter), share)),
            asked: !is_hook,
            patient: false,
        }
    }

    /// The bill of a run of a job.
    pub(crate) fn of_job(own: &Arc<FuelAccount>) -> Self {
        Self { patient: true, ..Self::new(own, None, false) }
    }

    /// The account of what the plugin starts during the call.
    pub(crate) fn inside(&self) -> &Arc<FuelAccount> {
        match &self.starter {
            Some((starter, _)) if self.asked => starter,
            _ => &self.own,
        }
    }

    pub(crate) fn charge(&mut self, units: u64) {
        let mut own = units;
        if let Some((starter, share)) = &mut self.starter {
            let paid = units.min(*share);
            if *share != u64::MAX {
                *share -= paid;
            }
            own -= paid;
            starter.charge(paid);
        }
        self.own.charge(own);
    }

    /// Why the call may not begin.
    pub(crate) fn refusal(&self, now: Instant) -> Option<FaultKind> {
        if self.patient {
            return None;
        }
        let starter = self.starter.as_ref().filter(|_| self.asked).map(|(starter, _)| starter);
        starter.into_iter().chain([&self.own]).find_map(|account| account.spent(now).map(|again| account.fault(again)))
    }

    /// Why the call may not go on, where it is not one that waits.
    pub(crate) fn stop(&self) -> Option<FaultKind> {
        let payer = self.payer().filter(|_| !self.patient)?;
        payer.spent(Instant::now()).map(|again| payer.fault(again))
    }

    /// Until when the call has to wait.
    pub(crate) fn pause(&self) -> Option<Instant> {
        if self.patient { self.own.spent(Instant::now()) } else { None }
    }

    /// Who pays now; nobody who could be stopped for it where it is another's share of a hook.
    fn payer(&self) -> Option<&FuelAccount> {
        match &self.starter {
            None => Some(&self.own),
            Some((starter, _)) if self.asked => Some(starter),
            Some((_, 0)) => Some(&self.own),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(limit: u64) -> Arc<FuelAccount> {
        Arc::new(FuelAccount::new("p".into(), limit, "fuel_per_minute"))
    }

    fn used(account: &FuelAccount) -> u64 {
        account.minute(Instant::now()).used
    }

    #[test]
    fn what_was_used_beyond_a_minute_is_owed_in_the_next() {
        let account = account(100);
        account.charge(250);
        assert!(account.spent(Instant::now()).is_some());
        let later = Instant::now() + MINUTE + Duration::from_secs(1);
        assert_eq!(account.minute(later).used, 150);
        assert_eq!(account.minute(later + MINUTE).used, 50, "one more minute");
        assert_eq!(account.minute(later + 9 * MINUTE).used, 0);
    }

    #[test]
    fn a_call_from_outside_is_paid_by_the_plugin_itself() {
        let own = account(100);
        let mut bill = Bill::new(&own, None, true);
        bill.charge(99);
        assert_eq!((bill.stop(), bill.refusal(Instant::now())), (None, None));
        bill.charge(1);
        let fault = bill.stop().unwrap();
        assert!(fault.to_string().contains("`fuel_per_minute`"), "{fault}");
        assert!(bill.refusal(Instant::now()).is_some());
    }

    #[test]
    fn a_call_of_another_plugin_is_paid_by_the_one_that_started_it() {
        let (own, starter) = (account(100), account(100));
        let mut bill = Bill::new(&own, Some(&starter), false);
        bill.charge(1_000);
        assert_eq!((used(&own), used(&starter)), (0, 1_000));
        assert!(bill.stop().is_some() && bill.refusal(Instant::now()).is_some());
        assert!(Arc::ptr_eq(bill.inside(), &starter), "and so is what that one starts");
    }

    #[test]
    fn a_hook_that_a_plugin_sets_off_is_shared() {
        let (own, starter) = (account(100), account(100));
        let mut bill = Bill::new(&own, Some(&starter), true);
        bill.charge(HOOK_SHARE - 1);
        assert_eq!(
            (used(&own), bill.stop(), bill.refusal(Instant::now())),
            (0, None, None),
            "whatever the starter has left"
        );
        bill.charge(100);
        assert_eq!((used(&own), used(&starter)), (99, HOOK_SHARE));
        bill.charge(1);
        assert!(bill.stop().is_some(), "what is beyond the share is its own");
        assert!(Arc::ptr_eq(bill.inside(), &own), "what it starts is its own too");
    }

    #[test]
    fn a_job_waits_instead() {
        let own = account(100);
        let mut bill = Bill::of_job(&own);
        bill.charge(100);
        assert_eq!((bill.stop(), bill.refusal(Instant::now())), (None, None));
        assert!(bill.pause().is_some_and(|again| again > Instant::now()));
    }
}
