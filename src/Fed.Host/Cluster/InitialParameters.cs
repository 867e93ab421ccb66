using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Learning.Program;

namespace Fed.Host.Cluster;

/// <summary>
/// First parameters of external models on their way from who submits a plan to who leads: blobs of their own in the federation's database, encrypted for its coordinators, under the hash that the plan states. They stay until the plan
/// is on record, which a leader may leave to its successor.
/// </summary>
internal sealed class InitialParameters
{
    private static readonly NodeAddress Store = NodeAddress.Job;   // coordinators read it, and what they lead is called otherwise: its blobs belong to no term

    private readonly PostgresBlobStore _blobs;

    /// <summary>Opens them; what uploads of earlier terms have left half done goes.</summary>
    /// <param name="database">The database; it stays its owner's.</param>
    /// <param name="epoch">Of the coordinator that leads.</param>
    /// <param name="readers">Who may read them.</param>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public InitialParameters(PostgresDatabase database, long epoch, BlobReaders readers) => _blobs = new PostgresBlobStore(database, Store, new Term(epoch, ""), readers);

    /// <summary>Puts them there.</summary>
    /// <exception cref="IOException">The database cannot be reached, or another coordinator leads by now.</exception>
    public void Put(ReadOnlySpan<double> parameters) => _blobs.Store(VectorBytes.ToBytes(parameters));

    /// <summary>Whether those of a plan are there.</summary>
    public bool Has(LearningPlan plan) => _blobs.Contains(HashOf(plan));

    /// <summary>A plan's program, with the parameters that it starts from.</summary>
    /// <exception cref="BlobMissingException">They are not there.</exception>
    public FederatedProgram ProgramOf(LearningPlan plan) => new(plan) { Initial = VectorBytes.FromBytes(_blobs.ReadAll(HashOf(plan))) };

    /// <summary>Deletes what no plan needs any more.</summary>
    /// <param name="waiting">Plans that are not on record yet.</param>
    public void Collect(IEnumerable<LearningPlan> waiting)
    {
        ImmutableHashSet<Digest> needed = [.. waiting.Where(static plan => plan.External is not null).Select(HashOf)];
        foreach (Digest hash in _blobs.List().Except(needed)) _blobs.Delete(hash);
    }

    private static Digest HashOf(LearningPlan plan) => Digest.Parse(plan.External!.InitialSha256);
}
