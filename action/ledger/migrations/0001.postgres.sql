-- Events are only ever added.
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$;
CREATE TRIGGER ledger_event_kept BEFORE UPDATE OR DELETE ON ledger_event FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_verdict_kept BEFORE UPDATE OR DELETE ON ledger_verdict FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_event_whole BEFORE TRUNCATE ON ledger_event FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_verdict_whole BEFORE TRUNCATE ON ledger_verdict FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
