using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Learning.Program;

namespace Fed.Host.Cluster;

/// <summary>
/// First parameters of external models on their way from who submits a plan to who leads: blobs of their own in the federation's database, encrypted for its coordinators, under the hash that the plan states. They stay until the plan
/// is on record, which a leader may leave to its successor, and for an hour at least: between them and the request that names them nobody else knows what they are for.
/// </summary>
internal sealed class InitialParameters
{
    private static readonly NodeAddress Store = NodeAddress.Job;   // coordinators read it, and what they lead is called otherwise: its blobs belong to no term

    private readonly PostgresBlobStore _blobs;

    /// <summary>For so long they stay after they were put there last, whatever names them.</summary>
    public static TimeSpan Fresh { get; } = TimeSpan.FromHours(1);

    /// <summary>Of the coordinator's term.</summary>
    public long Epoch { get; }

    /// <summary>Opens them; what uploads of earlier terms have left half done goes.</summary>
    /// <param name="database">The database; it stays its owner's.</param>
    /// <param name="epoch">Of the coordinator that leads.</param>
    /// <param name="readers">Who may read them.</param>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public InitialParameters(PostgresDatabase database, long epoch, BlobReaders readers) => (Epoch, _blobs) = (epoch, new PostgresBlobStore(database, Store, new Term(epoch, ""), readers));

    /// <summary>Puts them there.</summary>
    /// <exception cref="IOException">The database cannot be reached, or another coordinator leads by now.</exception>
    public void Put(ReadOnlySpan<double> parameters) => _blobs.Store(VectorBytes.ToBytes(parameters));

    /// <summary>Whether those of a plan are there.</summary>
    public bool Has(LearningPlan plan) => _blobs.Contains(HashOf(plan));

    /// <summary>A plan's program, with the parameters that it starts from.</summary>
    /// <exception cref="BlobMissingException">They are not there.</exception>
    public FederatedProgram ProgramOf(LearningPlan plan) => new(plan) { Initial = VectorBytes.FromBytes(_blobs.ReadAll(HashOf(plan))) };

    /// <summary>Deletes what no plan needs any more and was not put there just now; a coordinator that leads no longer deletes nothing.</summary>
    /// <param name="waiting">Plans that are not on record yet.</param>
    public void Collect(IEnumerable<LearningPlan> waiting)
    {
        _blobs.Share();   // a coordinator that came in the middle of the term may be the next to lead
        ImmutableHashSet<Digest> needed = [.. waiting.Where(static plan => plan.External is not null).Select(HashOf)];
        foreach (Digest hash in _blobs.List().Except(needed)) _blobs.Expire(hash, NodeAddress.Coordinator, Fresh);
    }

    private static Digest HashOf(LearningPlan plan) => Digest.Parse(plan.External!.InitialSha256);
}
