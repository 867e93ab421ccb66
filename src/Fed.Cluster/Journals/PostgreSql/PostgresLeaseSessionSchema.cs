namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// Version 5 of the schema: a lease also knows the session in which it was asked for last. The server ends the session of a process that was killed, or of a network that was cut, long before a lease runs out, so a lease without
/// one is free after half its length: a holder that lives has by then renewed it in another session, since it does so at each third. Behind a pooler, whose sessions outlive its clients, the lease runs out as before.
/// </summary>
internal static class PostgresLeaseSessionSchema
{
    public const string Step = """
        ALTER TABLE fed.leases ADD COLUMN session integer, ADD COLUMN renewed timestamptz NOT NULL DEFAULT clock_timestamp();

        CREATE OR REPLACE FUNCTION fed.acquire_lease(p_role text, p_holder text, p_length interval)
        RETURNS TABLE(granted boolean, epoch bigint, holder text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          INSERT INTO fed.leases AS l VALUES(p_role, p_holder, 1, clock_timestamp() + p_length, pg_backend_pid(), clock_timestamp())
            ON CONFLICT ON CONSTRAINT leases_pkey DO UPDATE SET holder = p_holder, epoch = l.epoch + 1, until = clock_timestamp() + p_length, session = pg_backend_pid(), renewed = clock_timestamp()
              WHERE l.holder IS NULL OR l.holder = p_holder OR l.until <= clock_timestamp()
                 OR l.renewed <= clock_timestamp() - p_length / 2 AND NOT EXISTS(SELECT FROM pg_stat_activity a WHERE a.pid = l.session);
          granted := FOUND;
          SELECT l.epoch, l.holder INTO epoch, holder FROM fed.leases l WHERE l.role = p_role;
          RETURN NEXT;
        END $$;

        CREATE OR REPLACE FUNCTION fed.renew_lease(p_role text, p_holder text, p_epoch bigint, p_length interval)
        RETURNS TABLE(granted boolean, epoch bigint, holder text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          UPDATE fed.leases l SET until = clock_timestamp() + p_length, session = pg_backend_pid(), renewed = clock_timestamp() WHERE l.role = p_role AND l.holder = p_holder AND l.epoch = p_epoch;
          granted := FOUND;
          SELECT coalesce(max(l.epoch), 0), max(l.holder) INTO epoch, holder FROM fed.leases l WHERE l.role = p_role;
          RETURN NEXT;
        END $$;
        """;
}
