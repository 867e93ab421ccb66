namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// Version 1 of the schema. A node reads the tables and changes them through functions only, which run as their owner: so a role that was stolen can append, and cannot edit. Sequence and epoch of an
/// event's log are checked where the change is made, in the same transaction; the role's lease where requests are answered and blobs deleted.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>
    /// Times of events are UTC ticks (100 ns since year 1), as the hash chain has them; the view <c>history</c> shows them as text. <c>logs</c> has a row per persistence id, whose lock orders its writers. Pieces are stored as they are:
    /// they are encrypted or dense, and compressing them is a waste.
    /// </summary>
    public const string Tables = """
        CREATE TABLE fed.logs(persistence_id text COLLATE "C" PRIMARY KEY, sequence bigint NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0);
        CREATE TABLE fed.events(
          persistence_id text COLLATE "C" NOT NULL, sequence bigint NOT NULL, epoch bigint NOT NULL, at bigint NOT NULL, tag text NOT NULL, version integer NOT NULL,
          payload text NOT NULL, hash bytea NOT NULL, PRIMARY KEY(persistence_id, sequence));
        CREATE TABLE fed.snapshots(
          persistence_id text COLLATE "C" NOT NULL, sequence bigint NOT NULL, head bytea NOT NULL, version integer NOT NULL, payload bytea NOT NULL, digest bytea NOT NULL,
          PRIMARY KEY(persistence_id, sequence));
        CREATE VIEW fed.history AS
          SELECT persistence_id, sequence, epoch,
                 to_char(to_timestamp((at - 621355968000000000) / 10000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || '.' || lpad((at % 10000000)::text, 7, '0') || 'Z' AS at,
                 tag, version, payload, encode(hash, 'hex') AS hash
          FROM fed.events;
        CREATE TABLE fed.leases(role text PRIMARY KEY, holder text, epoch bigint NOT NULL, until timestamptz NOT NULL);
        CREATE TABLE fed.uploads(id uuid PRIMARY KEY, store text NOT NULL, epoch bigint NOT NULL, since timestamptz NOT NULL DEFAULT clock_timestamp());
        CREATE TABLE fed.pieces(upload uuid NOT NULL REFERENCES fed.uploads ON DELETE CASCADE, index integer NOT NULL, bytes bytea NOT NULL, PRIMARY KEY(upload, index));
        ALTER TABLE fed.pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;
        CREATE TABLE fed.blobs(
          store text NOT NULL, hash bytea NOT NULL, length bigint NOT NULL, upload uuid NOT NULL UNIQUE REFERENCES fed.uploads ON DELETE CASCADE, PRIMARY KEY(store, hash));

        """;

    /// <summary>
    /// <c>append</c> answers 0 (appended), 1 (conflict; where the log ends) or 2 (fenced; the highest epoch) for each request. The rows of its logs are locked first, in order of their ids, so that two groups cannot wait for each
    /// other; and since they are locked until its end, a transaction of a lost connection is over, one way or the other, when its repetition (<c>in_doubt</c>) looks for what it may have stored.
    /// </summary>
    public const string Functions = """
        CREATE FUNCTION fed.append(
          p_ids text[], p_expected bigint[], p_epochs bigint[], p_counts integer[],
          p_at bigint[], p_tags text[], p_versions integer[], p_payloads bytea[], p_hashes bytea[], p_in_doubt boolean)
        RETURNS TABLE(outcome integer, place bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          before integer := 0;
          n integer;
          log record;
        BEGIN
          INSERT INTO fed.logs(persistence_id) SELECT DISTINCT id COLLATE "C" FROM unnest(p_ids) id ORDER BY 1 ON CONFLICT DO NOTHING;
          PERFORM FROM fed.logs l WHERE l.persistence_id = ANY(p_ids) ORDER BY l.persistence_id FOR UPDATE;
          FOR i IN 1..cardinality(p_ids) LOOP
            n := p_counts[i];
            SELECT l.sequence, l.epoch INTO log FROM fed.logs l WHERE l.persistence_id = p_ids[i];
            IF p_in_doubt AND n > 0 AND EXISTS(
              SELECT FROM fed.events e WHERE e.persistence_id = p_ids[i] AND e.sequence = p_expected[i] + n AND e.hash = p_hashes[before + n]) THEN
              outcome := 0; place := p_expected[i] + n;
            ELSIF p_epochs[i] < log.epoch THEN
              outcome := 2; place := log.epoch;
            ELSIF p_expected[i] <> log.sequence THEN
              outcome := 1; place := log.sequence;
            ELSE
              outcome := 0; place := p_expected[i] + n;
              INSERT INTO fed.events
                SELECT p_ids[i], p_expected[i] + e.k, p_epochs[i], e.at, e.tag, e.version, convert_from(e.payload, 'UTF8'), e.hash
                FROM unnest(p_at[before + 1:before + n], p_tags[before + 1:before + n], p_versions[before + 1:before + n], p_payloads[before + 1:before + n], p_hashes[before + 1:before + n])
                  WITH ORDINALITY AS e(at, tag, version, payload, hash, k);
              UPDATE fed.logs l SET sequence = place, epoch = p_epochs[i] WHERE l.persistence_id = p_ids[i] AND (n > 0 OR l.epoch < p_epochs[i]);
            END IF;
            before := before + n;
            RETURN NEXT;
          END LOOP;
        END $$;

        CREATE FUNCTION fed.save_snapshot(p_id text, p_sequence bigint, p_head bytea, p_version integer, p_payload bytea, p_digest bytea)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          INSERT INTO fed.snapshots VALUES(p_id, p_sequence, p_head, p_version, p_payload, p_digest)
            ON CONFLICT(persistence_id, sequence) DO UPDATE SET head = excluded.head, version = excluded.version, payload = excluded.payload, digest = excluded.digest;
          DELETE FROM fed.snapshots s WHERE s.persistence_id = p_id AND s.sequence NOT IN
            (SELECT k.sequence FROM fed.snapshots k WHERE k.persistence_id = p_id ORDER BY k.sequence DESC LIMIT 2);
        $$;

        CREATE FUNCTION fed.acquire_lease(p_role text, p_holder text, p_length interval)
        RETURNS TABLE(granted boolean, epoch bigint, holder text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          INSERT INTO fed.leases AS l VALUES(p_role, p_holder, 1, clock_timestamp() + p_length)
            ON CONFLICT ON CONSTRAINT leases_pkey DO UPDATE SET holder = p_holder, epoch = l.epoch + 1, until = clock_timestamp() + p_length
              WHERE l.holder IS NULL OR l.holder = p_holder OR l.until <= clock_timestamp();
          granted := FOUND;
          SELECT l.epoch, l.holder INTO epoch, holder FROM fed.leases l WHERE l.role = p_role;
          RETURN NEXT;
        END $$;

        CREATE FUNCTION fed.renew_lease(p_role text, p_holder text, p_epoch bigint, p_length interval)
        RETURNS TABLE(granted boolean, epoch bigint, holder text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          UPDATE fed.leases l SET until = clock_timestamp() + p_length WHERE l.role = p_role AND l.holder = p_holder AND l.epoch = p_epoch;
          granted := FOUND;
          SELECT coalesce(max(l.epoch), 0), max(l.holder) INTO epoch, holder FROM fed.leases l WHERE l.role = p_role;
          RETURN NEXT;
        END $$;

        CREATE FUNCTION fed.release_lease(p_role text, p_holder text, p_epoch bigint)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          UPDATE fed.leases l SET holder = NULL WHERE l.role = p_role AND l.holder = p_holder AND l.epoch = p_epoch;
        $$;

        CREATE FUNCTION fed.open_store(p_store text, p_epoch bigint)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          DELETE FROM fed.uploads u WHERE u.store = p_store AND (u.epoch < p_epoch OR p_epoch = 0) AND NOT EXISTS(SELECT FROM fed.blobs b WHERE b.upload = u.id);
        $$;

        CREATE FUNCTION fed.begin_upload(p_upload uuid, p_store text, p_epoch bigint)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          INSERT INTO fed.uploads VALUES(p_upload, p_store, p_epoch) ON CONFLICT DO NOTHING;
        $$;

        CREATE FUNCTION fed.put_piece(p_upload uuid, p_index integer, p_bytes bytea)
        RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          INSERT INTO fed.pieces SELECT p_upload, p_index, p_bytes WHERE EXISTS(SELECT FROM fed.uploads u WHERE u.id = p_upload) ON CONFLICT DO NOTHING;
          SELECT EXISTS(SELECT FROM fed.uploads u WHERE u.id = p_upload);
        $$;

        CREATE FUNCTION fed.end_upload(p_upload uuid)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          DELETE FROM fed.uploads u WHERE u.id = p_upload AND NOT EXISTS(SELECT FROM fed.blobs b WHERE b.upload = u.id);
        $$;

        CREATE FUNCTION fed.commit_upload(p_upload uuid, p_store text, p_hash bytea, p_length bigint, p_pieces integer)
        RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          IF EXISTS(SELECT FROM fed.uploads u WHERE u.id = p_upload)
             AND (SELECT count(*) = p_pieces AND coalesce(sum(length(p.bytes)), 0) = p_length FROM fed.pieces p WHERE p.upload = p_upload) THEN
            INSERT INTO fed.blobs VALUES(p_store, p_hash, p_length, p_upload) ON CONFLICT DO NOTHING;
            PERFORM fed.end_upload(p_upload);
          END IF;
          RETURN EXISTS(SELECT FROM fed.blobs b WHERE b.store = p_store AND b.hash = p_hash);
        END $$;

        CREATE FUNCTION fed.delete_blob(p_store text, p_hash bytea, p_epoch bigint)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          DELETE FROM fed.uploads u USING fed.blobs b
            WHERE b.store = p_store AND b.hash = p_hash AND u.id = b.upload
              AND NOT EXISTS(SELECT FROM fed.leases l WHERE l.role = p_store AND l.epoch > p_epoch);
        $$;
        """;
}
