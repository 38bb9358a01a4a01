//! The log of one plan's checks in memory: numbered events, folded into a report, bounded. It knows no store.

use std::collections::VecDeque;

use domain::check::{CheckEvent, CheckReport};

/// Events that are kept one by one: those of the largest run and the changes of an afternoon.
pub(super) const MAX_EVENTS: usize = 512;

/// The events of a plan as far as they are known here.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    /// What came of the events that are not kept any more.
    base: CheckReport,
    /// The number of the last event in `base`.
    base_end: i64,
    events: VecDeque<(i64, CheckEvent)>,
    report: CheckReport,
    /// The number of the last event that is in `report`.
    end: i64,
}

/// The events that a follower has not seen.
#[derive(Debug, Default)]
pub struct EventsSince {
    /// The state of all checks before `events`, with the number of the last event in it; for a follower who cannot continue
    /// from the events already seen.
    pub base: Option<(i64, CheckReport)>,
    /// The events with their numbers.
    pub events: Vec<(i64, CheckEvent)>,
    /// The number of the last event that is known here, also of one that said nothing new.
    pub end: i64,
}

impl EventLog {
    /// A log over what was kept of earlier runs, whose events up to number `end` are not there any more.
    pub(super) fn from_saved(kept: CheckReport, end: i64) -> Self {
        Self { base: kept.clone(), base_end: end, report: kept, end, events: VecDeque::new() }
    }

    /// Takes in event `number`; one that is not new changes nothing.
    pub(super) fn push(&mut self, number: i64, event: CheckEvent) {
        if number <= self.end {
            return;
        }
        self.end = number;
        let before = matches!(event, CheckEvent::Changed { .. }).then(|| self.report.clone());
        self.report.apply(&event);
        // Who types changes the same setting with every letter.
        if before.as_ref() == Some(&self.report) {
            return;
        }
        let keep = match event {
            CheckEvent::RunStarted { .. } => 0,
            _ if self.events.len() < MAX_EVENTS => MAX_EVENTS,
            _ => MAX_EVENTS / 2,
        };
        while self.events.len() > keep {
            if let Some((number, old)) = self.events.pop_front() {
                self.base.apply(&old);
                self.base_end = number;
            }
        }
        self.events.push_back((number, event));
    }

    /// The number of the last event that is known here.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// Whether everything that comes after event `number` is still there.
    pub(super) fn has_all_after(&self, number: i64) -> bool {
        (self.base_end..=self.end).contains(&number)
    }

    /// Where all checks stand.
    pub(super) fn report(&self) -> &CheckReport {
        &self.report
    }

    /// What comes after event `seen`; everything there is without it, or when what follows it is not kept any more.
    pub(super) fn since(&self, seen: Option<i64>) -> EventsSince {
        let known = seen.filter(|seen| self.has_all_after(*seen));
        let after = known.unwrap_or(self.base_end);
        EventsSince {
            base: known.is_none().then(|| (self.base_end, self.base.clone())),
            events: self.events.iter().filter(|(number, _)| *number > after).cloned().collect(),
            end: self.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::check::{CheckId, CheckState};

    use super::*;
    use crate::tests::passed;

    fn changed(setting: &str) -> CheckEvent {
        CheckEvent::Changed { settings: vec![setting.to_owned()] }
    }

    /// What a browser makes of it that had seen `report`.
    fn replayed(unseen: EventsSince, mut report: CheckReport) -> CheckReport {
        if let Some((_, base)) = unseen.base {
            report = base;
        }
        unseen.events.iter().for_each(|(_, event)| report.apply(event));
        report
    }

    /// A log that receives events one after the other.
    #[derive(Default)]
    struct NumberedLog(EventLog);

    impl NumberedLog {
        fn add(&mut self, event: CheckEvent) {
            self.0.push(self.0.end() + 1, event);
        }
    }

    #[test]
    fn a_change_after_the_start_leaves_no_result_on_old_answers() {
        let mut log = NumberedLog::default();
        log.add(CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db02] });
        // The answers are read, then changed, before the first check reports anything.
        log.add(changed("database.host"));
        log.add(passed(1, CheckId::Db02));
        log.add(CheckEvent::RunFinished { run: 1, at: 2, cancelled: false });
        let stale = CheckState::Stale { setting: "database.host".to_owned() };
        assert_eq!(log.0.report().checks[&CheckId::Db02], stale);
    }

    #[test]
    fn logs_are_bounded_and_every_follower_ends_with_the_same_report() {
        let mut log = NumberedLog::default();
        let mut seen = vec![(None, CheckReport::default())];
        for round in 0..40 {
            let checks = if round % 2 == 0 { vec![CheckId::Db01, CheckId::Db02] } else { vec![CheckId::Db02] };
            let run = round + 1;
            log.add(CheckEvent::RunStarted { run, at: 1, checks: checks.clone() });
            checks.into_iter().for_each(|id| log.add(passed(run, id)));
            log.add(CheckEvent::RunFinished { run, at: 1, cancelled: false });
            for key in 0..100 {
                log.add(changed(if key % 3 == 0 { "database.port" } else { "database.host" }));
                seen.push((Some(log.0.end()), log.0.report().clone()));
            }
        }
        for key in 0..5000 {
            log.add(changed(if key % 2 == 0 { "database.port" } else { "database.host" }));
        }
        assert!(log.0.events.len() <= MAX_EVENTS + 1);
        for (number, report) in seen {
            assert_eq!(&replayed(log.0.since(number), report), log.0.report(), "after {number:?}");
        }
    }

    #[test]
    fn a_repeated_event_counts_once() {
        let mut log = EventLog::default();
        log.push(5, CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db02] });
        log.push(6, passed(1, CheckId::Db02));
        log.push(5, CheckEvent::RunStarted { run: 2, at: 1, checks: vec![CheckId::Db02] });
        assert_eq!((log.report().run, log.since(Some(5)).events.len(), log.end()), (1, 1, 6));
        assert!(log.since(Some(7)).base.is_some(), "a number from elsewhere means nothing");
        assert!(log.since(None).base.is_some());
    }
}
