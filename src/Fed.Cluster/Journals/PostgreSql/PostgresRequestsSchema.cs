namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Version 3 of the schema: what operators ask of whoever leads, and what servers say of themselves. Both are envelopes, signed and encrypted: who runs the database reads and forges nothing.</summary>
internal static class PostgresRequestsSchema
{
    /// <summary>
    /// A request is taken in the order of its number, and answered once; one that is <c>queued</c> has its answer and waits for its turn. Only the lease's holder, or a later one, answers. Rows that are a week old go.
    /// </summary>
    public const string Step = """
        CREATE TABLE fed.requests(
          number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, envelope bytea NOT NULL, asked timestamptz NOT NULL DEFAULT clock_timestamp(),
          state text NOT NULL DEFAULT 'open', answer text, answered timestamptz);
        CREATE TABLE fed.presence(node text PRIMARY KEY, at timestamptz NOT NULL, envelope bytea NOT NULL);

        CREATE FUNCTION fed.ask(p_id text, p_envelope bytea)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          DELETE FROM fed.requests r WHERE r.state IN ('done', 'refused') AND r.asked < clock_timestamp() - interval '7 days';
          INSERT INTO fed.requests(id, envelope) VALUES(p_id, p_envelope) ON CONFLICT DO NOTHING;
        $$;

        CREATE FUNCTION fed.answer(p_id text, p_state text, p_answer text, p_role text, p_epoch bigint)
        RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          UPDATE fed.requests r SET state = p_state, answer = p_answer, answered = clock_timestamp()
            WHERE r.id = p_id AND r.state IN ('open', 'queued') AND p_state IN ('queued', 'done', 'refused')
              AND NOT EXISTS(SELECT FROM fed.leases l WHERE l.role = p_role AND l.epoch > p_epoch);
          RETURN FOUND;
        END $$;

        CREATE FUNCTION fed.say(p_node text, p_envelope bytea)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          INSERT INTO fed.presence AS p VALUES(p_node, clock_timestamp(), p_envelope)
            ON CONFLICT ON CONSTRAINT presence_pkey DO UPDATE SET at = excluded.at, envelope = excluded.envelope;
        $$;

        """;
}
