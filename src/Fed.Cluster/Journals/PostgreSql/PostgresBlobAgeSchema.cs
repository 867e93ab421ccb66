namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// Version 4 of the schema: blobs that no role's leader has written, and that lie there for somebody who has yet to name them. One that is written again is as young as a new one, and one that is old goes by the word of the
/// leader whose lease is named, in one transaction with the look at that lease.
/// </summary>
internal static class PostgresBlobAgeSchema
{
    public const string Step = """
        CREATE OR REPLACE FUNCTION fed.commit_upload(p_upload uuid, p_store text, p_hash bytea, p_length bigint, p_pieces integer, p_overhead integer, p_key uuid, p_seal bytea)
        RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          IF EXISTS(SELECT FROM fed.uploads u WHERE u.id = p_upload)
             AND (SELECT count(*) = p_pieces AND coalesce(sum(length(p.bytes)), 0) = p_length + p_pieces * p_overhead FROM fed.pieces p WHERE p.upload = p_upload) THEN
            INSERT INTO fed.blobs VALUES(p_store, p_hash, p_length, p_upload, p_key, p_seal) ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
              UPDATE fed.uploads u SET since = clock_timestamp() FROM fed.blobs b WHERE b.store = p_store AND b.hash = p_hash AND u.id = b.upload;
            END IF;
            PERFORM fed.end_upload(p_upload);
          END IF;
          RETURN EXISTS(SELECT FROM fed.blobs b WHERE b.store = p_store AND b.hash = p_hash);
        END $$;

        CREATE FUNCTION fed.expire_blob(p_store text, p_hash bytea, p_role text, p_epoch bigint, p_age interval)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          DELETE FROM fed.uploads u USING fed.blobs b
            WHERE b.store = p_store AND b.hash = p_hash AND u.id = b.upload AND u.since < clock_timestamp() - p_age
              AND NOT EXISTS(SELECT FROM fed.leases l WHERE l.role = p_role AND l.epoch > p_epoch);
        $$;
        """;
}
