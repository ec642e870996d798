-- Events are only ever added.
CREATE TRIGGER ledger_event_kept BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END;
CREATE TRIGGER ledger_event_fixed BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, 'events are not changed'); END;
CREATE TRIGGER ledger_verdict_kept BEFORE DELETE ON ledger_verdict BEGIN SELECT RAISE(ABORT, 'verdicts are not deleted'); END;
CREATE TRIGGER ledger_verdict_fixed BEFORE UPDATE ON ledger_verdict BEGIN SELECT RAISE(ABORT, 'verdicts are not changed'); END;
-- REPLACE deletes without a trigger of its own.
CREATE TRIGGER ledger_event_new BEFORE INSERT ON ledger_event WHEN EXISTS (SELECT 1 FROM ledger_event WHERE seq = NEW.seq)
	BEGIN SELECT RAISE(ABORT, 'events are not changed'); END;
CREATE TRIGGER ledger_verdict_new BEFORE INSERT ON ledger_verdict WHEN EXISTS (SELECT 1 FROM ledger_verdict WHERE seq = NEW.seq)
	BEGIN SELECT RAISE(ABORT, 'verdicts are not changed'); END;
