using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Federation;

/// <summary>A job's blobs in the database that an identity shares, as a leader of one term uses them: out of reach while its process is cut off, and what is asked to be deleted stays once another leads.</summary>
internal sealed class DatabaseBlobs(IBlobStore store, SimulatedProcess process, long epoch, Action<Digest> storedTooLate) : IBlobStore
{
    public IBlobWriter Create() => new Writer(this, store.Create());

    public Stream OpenRead(Digest hash)
    {
        RequireConnection();
        return store.OpenRead(hash);
    }

    public bool Contains(Digest hash) => store.Contains(hash);

    public long Length(Digest hash) => store.Length(hash);

    public void Delete(Digest hash)
    {
        RequireConnection();
        if (!IsOfYesterday) store.Delete(hash);
    }

    public IEnumerable<Digest> List() => store.List();

    private bool IsOfYesterday => process.Identity.Lease.Epoch > epoch;

    private void StoredTooLate(Digest hash) => storedTooLate(hash);

    private void RequireConnection()
    {
        if (process.IsCutFromDatabase) throw new IOException("the database cannot be reached");
    }

    private sealed class Writer(DatabaseBlobs blobs, IBlobWriter inner) : IBlobWriter
    {
        public void Write(ReadOnlySpan<byte> bytes) => inner.Write(bytes);

        public Digest Commit()
        {
            blobs.RequireConnection();
            Digest hash = inner.Commit();
            if (blobs.IsOfYesterday) blobs.StoredTooLate(hash);
            return hash;
        }

        public void Dispose() => inner.Dispose();
    }
}
