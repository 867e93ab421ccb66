namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// What the schema has since blobs are encrypted: keys, by name only, and their wraps for nodes; with each blob its key and its seal. Blobs of before have neither, and stay as they are. A key goes when no blob is under it and its
/// term is over.
/// </summary>
internal static class PostgresBlobKeysSchema
{
    public const string Step = """
        CREATE TABLE fed.blob_keys(id uuid PRIMARY KEY, store text NOT NULL, epoch bigint NOT NULL);
        CREATE TABLE fed.blob_key_wraps(key uuid NOT NULL REFERENCES fed.blob_keys ON DELETE CASCADE, reader bytea NOT NULL, point bytea NOT NULL, wrapped bytea NOT NULL, PRIMARY KEY(key, reader));
        ALTER TABLE fed.blobs ADD COLUMN key uuid REFERENCES fed.blob_keys, ADD COLUMN seal bytea;
        CREATE INDEX ON fed.blobs(key);

        CREATE FUNCTION fed.wrap_blob_key(p_key uuid, p_store text, p_epoch bigint, p_readers bytea[], p_point bytea, p_wraps bytea[])
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          INSERT INTO fed.blob_keys VALUES(p_key, p_store, p_epoch) ON CONFLICT DO NOTHING;
          INSERT INTO fed.blob_key_wraps SELECT p_key, w.reader, p_point, w.wrapped FROM unnest(p_readers, p_wraps) AS w(reader, wrapped) ON CONFLICT DO NOTHING;
        $$;

        CREATE OR REPLACE FUNCTION fed.open_store(p_store text, p_epoch bigint)
        RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          DELETE FROM fed.uploads u WHERE u.store = p_store AND (u.epoch < p_epoch OR p_epoch = 0) AND NOT EXISTS(SELECT FROM fed.blobs b WHERE b.upload = u.id);
          DELETE FROM fed.blob_keys k WHERE k.store = p_store AND k.epoch < p_epoch AND NOT EXISTS(SELECT FROM fed.blobs b WHERE b.key = k.id);
        $$;

        DROP FUNCTION fed.commit_upload(uuid, text, bytea, bigint, integer);
        CREATE FUNCTION fed.commit_upload(p_upload uuid, p_store text, p_hash bytea, p_length bigint, p_pieces integer, p_overhead integer, p_key uuid, p_seal bytea)
        RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          IF EXISTS(SELECT FROM fed.uploads u WHERE u.id = p_upload)
             AND (SELECT count(*) = p_pieces AND coalesce(sum(length(p.bytes)), 0) = p_length + p_pieces * p_overhead FROM fed.pieces p WHERE p.upload = p_upload) THEN
            INSERT INTO fed.blobs VALUES(p_store, p_hash, p_length, p_upload, p_key, p_seal) ON CONFLICT DO NOTHING;
            PERFORM fed.end_upload(p_upload);
          END IF;
          RETURN EXISTS(SELECT FROM fed.blobs b WHERE b.store = p_store AND b.hash = p_hash);
        END $$;
        """;
}
