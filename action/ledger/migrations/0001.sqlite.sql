-- Events are only ever added.
CREATE TRIGGER ledger_event_kept BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END;
CREATE TRIGGER ledger_event_fixed BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, 'events are not changed'); END;
CREATE TRIGGER ledger_verdict_kept BEFORE DELETE ON ledger_verdict BEGIN SELECT RAISE(ABORT, 'verdicts are not deleted'); END;
CREATE TRIGGER ledger_verdict_fixed BEFORE UPDATE ON ledger_verdict BEGIN SELECT RAISE(ABORT, 'verdicts are not changed'); END;
