namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// Version 5 of the schema: a lease also knows the session in which it was asked for last. The server ends the session of a process that was killed, or whose connections were reset, long before a lease runs out, so a lease without
/// one is free after half its length: a holder that lives has by then renewed it in another session, since it does so at each third, and more often while it fails. A server that was started since, or
/// is another one, has no session of before, which says nothing of their holders. A second process of the holder's name does not get a lease whose session is another's: two machines with one node's keys do not take it from each other again and again.
/// Behind a pooler, whose sessions outlive its clients, the lease runs out as before.
/// </summary>
internal static class PostgresLeaseSessionSchema
{
    public const string Step = """
        ALTER TABLE fed.leases ADD COLUMN session integer, ADD COLUMN server timestamptz, ADD COLUMN renewed timestamptz NOT NULL DEFAULT clock_timestamp();

        CREATE OR REPLACE FUNCTION fed.acquire_lease(p_role text, p_holder text, p_length interval)
        RETURNS TABLE(granted boolean, epoch bigint, holder text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          INSERT INTO fed.leases AS l VALUES(p_role, p_holder, 1, clock_timestamp() + p_length, pg_backend_pid(), pg_postmaster_start_time(), clock_timestamp())
            ON CONFLICT ON CONSTRAINT leases_pkey DO UPDATE SET holder = p_holder, epoch = l.epoch + 1, until = clock_timestamp() + p_length, session = pg_backend_pid(), server = pg_postmaster_start_time(), renewed = clock_timestamp()
              WHERE l.holder IS NULL OR l.until <= clock_timestamp() OR l.holder = p_holder AND l.session = pg_backend_pid()
                 OR NOT EXISTS(SELECT FROM pg_stat_activity a WHERE a.pid = l.session)
                    AND (l.holder = p_holder OR l.renewed + (l.until - l.renewed) / 2 <= clock_timestamp() AND l.server = pg_postmaster_start_time());
          granted := FOUND;
          SELECT l.epoch, l.holder INTO epoch, holder FROM fed.leases l WHERE l.role = p_role;
          RETURN NEXT;
        END $$;

        CREATE OR REPLACE FUNCTION fed.renew_lease(p_role text, p_holder text, p_epoch bigint, p_length interval)
        RETURNS TABLE(granted boolean, epoch bigint, holder text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          UPDATE fed.leases l SET until = clock_timestamp() + p_length, session = pg_backend_pid(), server = pg_postmaster_start_time(), renewed = clock_timestamp() WHERE l.role = p_role AND l.holder = p_holder AND l.epoch = p_epoch;
          granted := FOUND;
          SELECT coalesce(max(l.epoch), 0), max(l.holder) INTO epoch, holder FROM fed.leases l WHERE l.role = p_role;
          RETURN NEXT;
        END $$;
        """;
}
