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
    private readonly Lock _gate = new(), _reading = new();
    private readonly Dictionary<Digest, HashSet<JobId>> _holders = [];
    private readonly Dictionary<JobId, Dictionary<Digest, long>> _used = [];   // in which turn of the job's it wrote a blob last, or found it there
    private readonly Dictionary<JobId, long> _turns = [];
    private bool _isRead;

    /// <summary>The store as one job uses it.</summary>
    public IBlobStore Of(JobId job) => new Share(this, store, job);

    /// <summary>
    /// Ends a job's turn, and deletes what it holds and has neither written nor looked for since the turn before began, unless that is named: between a blob and the event that names it there is never a whole turn.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="isNamed">Whether something names a blob, asked of those only that would go.</param>
    /// <returns>How many went.</returns>
    public int EndTurn(JobId job, Func<Digest, bool> isNamed)
    {
        Read();
        Digest[] old;
        long turn;
        lock (_gate)
        {
            turn = _turns[job] = _turns.GetValueOrDefault(job) + 1;
            Dictionary<Digest, long> used = _used.GetValueOrDefault(job) ?? [];
            old = [.. _holders.Where(held => held.Value.Contains(job) && used.GetValueOrDefault(held.Key, -1) < turn - 1).Select(static held => held.Key)];
        }

        int gone = 0;
        foreach (Digest hash in old.Where(hash => !isNamed(hash)).Order())
            if (Delete(job, hash, usedBefore: turn - 1)) gone++;
        return gone;
    }

    /// <summary>Deletes what no job holds: what another process left behind between a blob and the event that would have named it. Only where that process can have no further event stored.</summary>
    /// <returns>How many went.</returns>
    public int DeleteOrphans()
    {
        Read();
        int gone = 0;
        foreach (Digest hash in store.List())
        {
            lock (_gate)
            {
                if (_holders.ContainsKey(hash)) continue;
                store.Delete(hash);
                gone++;
            }
        }

        return gone;
    }

    private void Use(JobId job, Digest hash)
    {
        Hold(job, hash);
        if (!_used.TryGetValue(job, out Dictionary<Digest, long>? used)) _used[job] = used = [];
        used[hash] = _turns.GetValueOrDefault(job);
    }

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
            Use(job, hash);
            return hash;
        }
    }

    /// <summary>Whoever finds a blob there may name it without writing it.</summary>
    private bool Contains(JobId job, Digest hash)
    {
        lock (_gate)
        {
            bool isThere = store.Contains(hash);
            if (isThere) Use(job, hash);
            return isThere;
        }
    }

    private bool Delete(JobId job, Digest hash, long usedBefore = long.MaxValue)
    {
        Read();
        lock (_gate)
        {
            if (_used.TryGetValue(job, out Dictionary<Digest, long>? used) && used.TryGetValue(hash, out long turn))
            {
                if (turn >= usedBefore) return false;   // meanwhile
                used.Remove(hash);
            }

            if (_holders.TryGetValue(hash, out HashSet<JobId>? jobs))
            {
                jobs.Remove(job);
                if (jobs.Count > 0) return false;
                _holders.Remove(hash);
            }

            store.Delete(hash);
            return true;
        }
    }

    /// <summary>Reads what the journals name, once: beside whoever writes, since a long history takes long.</summary>
    private void Read()
    {
        lock (_reading)
        {
            if (_isRead) return;
            (JobId Job, Digest Hash)[] named = [.. earlier()];
            lock (_gate)
            {
                foreach ((JobId job, Digest hash) in named) Hold(job, hash);
            }

            _isRead = true;
        }
    }

    private sealed class Share(SharedBlobs owner, IBlobStore store, JobId job) : IBlobStore
    {
        public IBlobWriter Create() => new Writer(owner, store.Create(), job);

        public Stream OpenRead(Digest hash) => store.OpenRead(hash);

        public bool Contains(Digest hash) => owner.Contains(job, hash);

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
