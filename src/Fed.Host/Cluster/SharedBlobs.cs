using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Cluster;

/// <summary>
/// One store for the blobs of several jobs. Jobs that run side by side come to the same bytes (counts of the same rows, a plan that is submitted twice), and a blob that one of them deletes goes when no other holds it: not between the
/// writing of a blob and the event that names it either. Thread-safe.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="earlier">What the journals name, by job, when the process begins; read at the first deletion.</param>
internal sealed class SharedBlobs(IBlobStore store, Func<IEnumerable<(JobId Job, Digest Hash)>> earlier)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, HashSet<JobId>> _holders = [];
    private bool _isRead;

    /// <summary>The store as one job uses it.</summary>
    public IBlobStore Of(JobId job) => new Share(this, store, job);

    private void Hold(JobId job, Digest hash)
    {
        if (!_holders.TryGetValue(hash, out HashSet<JobId>? jobs)) _holders[hash] = jobs = [];
        jobs.Add(job);
    }

    private Digest Commit(JobId job, IBlobWriter writer)
    {
        lock (_gate)
        {
            Digest hash = writer.Commit();
            Hold(job, hash);
            return hash;
        }
    }

    private void Delete(JobId job, Digest hash)
    {
        lock (_gate)
        {
            if (!_isRead)
            {
                foreach ((JobId of, Digest named) in earlier()) Hold(of, named);
                _isRead = true;
            }

            if (_holders.TryGetValue(hash, out HashSet<JobId>? jobs))
            {
                jobs.Remove(job);
                if (jobs.Count > 0) return;
                _holders.Remove(hash);
            }

            store.Delete(hash);
        }
    }

    private sealed class Share(SharedBlobs owner, IBlobStore store, JobId job) : IBlobStore
    {
        public IBlobWriter Create() => new Writer(owner, store.Create(), job);

        public Stream OpenRead(Digest hash) => store.OpenRead(hash);

        public bool Contains(Digest hash) => store.Contains(hash);

        public long Length(Digest hash) => store.Length(hash);

        public void Delete(Digest hash) => owner.Delete(job, hash);

        public IEnumerable<Digest> List() => store.List();
    }

    private sealed class Writer(SharedBlobs owner, IBlobWriter writer, JobId job) : IBlobWriter
    {
        public void Write(ReadOnlySpan<byte> bytes) => writer.Write(bytes);

        public Digest Commit() => owner.Commit(job, writer);

        public void Dispose() => writer.Dispose();
    }
}
