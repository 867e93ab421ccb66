using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Vectors;

namespace Fed.Actors.Ports;

/// <summary>What a collective key is bound to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Epoch">Which ceremony of the job, from 1; never twice.</param>
/// <param name="Plan">Hash of the plan that the site approved.</param>
/// <param name="Roster">Hash of the plan's roster.</param>
/// <param name="Holders">Who is asked to enter; after that, who entered.</param>
/// <param name="Parameters">The plan's parameters.</param>
public sealed record KeyContext(JobId Job, int Epoch, Digest Plan, Digest Roster, ImmutableSortedSet<SiloId> Holders, CkksPlan Parameters)
{
    /// <summary>Of a ceremony under a plan.</summary>
    public static KeyContext Of(JobPlan plan, Digest planHash, int epoch, ImmutableSortedSet<SiloId> holders) =>
        new(plan.Job, epoch, planHash, plan.RosterHash(), holders, plan.Ckks!);
}

/// <summary>What decides where each value of a sum lies in its ciphertexts, all of it from the plan.</summary>
/// <param name="Parameters">The plan's parameters.</param>
/// <param name="Sites">Sites of the plan: the most that hold the key, and the most that contribute.</param>
/// <param name="Rounds">Rounds of the plan, round 0 included.</param>
/// <param name="Attempts">Attempts at each.</param>
/// <param name="Schema">The vector.</param>
public sealed record EncryptionTerms(CkksPlan Parameters, int Sites, int Rounds, int Attempts, VectorSchema Schema)
{
    /// <summary>Of a sum of a plan.</summary>
    public static EncryptionTerms Of(JobPlan plan, SumPlan sum) => new(plan.Ckks!, plan.Roster.Length, plan.Rounds + 1, plan.MaxAttempts, sum.ToSchema());
}

/// <summary>What every ciphertext, commitment and share of an attempt is bound to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Collection">Round, attempt and sum.</param>
/// <param name="Plan">Hash of the plan that the site approved.</param>
/// <param name="Base">Hash of what the site computed from.</param>
/// <param name="Roster">Hash of the plan's roster.</param>
/// <param name="Key">The key of the round.</param>
/// <param name="PublicKey">Its bytes, whose hash is <see cref="CollectiveKey.PublicKey"/>.</param>
/// <param name="Terms">The vector, and how often it is summed.</param>
/// <param name="Ring">Width of the grid vectors' words.</param>
public sealed record EncryptionContext(
    JobId Job, CollectionId Collection, Digest Plan, Digest Base, Digest Roster, CollectiveKey Key, ReadOnlyMemory<byte> PublicKey, EncryptionTerms Terms, RingWidth Ring)
{
    /// <summary>Where shares are made: under how many attempts the site's journal says that shares were made under the key. Part of no hash.</summary>
    public int SharesOnRecord { get; init; }

    /// <summary>Of an attempt under a plan.</summary>
    public static EncryptionContext Of(JobPlan plan, Digest planHash, CollectionId id, Digest based, CollectiveKey key, ReadOnlyMemory<byte> publicKey) => new(
        plan.Job, id, planHash, based, plan.RosterHash(), key, publicKey, EncryptionTerms.Of(plan, plan.SumsOf(id.Round).First(sum => sum.Name == id.Sum)), plan.Ring);
}

/// <summary>A sum as it was stated, before anybody drew a nonce to check it by.</summary>
/// <param name="List">The closed list: by site, what it committed to.</param>
/// <param name="Contributors">S: whose uploads are in the sum.</param>
/// <param name="Statement">From <see cref="ICollectiveEncryption.State"/>.</param>
/// <param name="Openers">The holders who open together: exactly the plan's threshold.</param>
public sealed record StatedSum(
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> List, ImmutableSortedSet<SiloId> Contributors, ReadOnlyMemory<byte> Statement, ImmutableSortedSet<SiloId> Openers);

/// <summary>What an opener verifies a sum by.</summary>
/// <param name="Nonces">Of all openers, its own among them.</param>
/// <param name="Answers">Of contributors, as far as the plan's verification asks for them.</param>
/// <param name="Gone">Contributors that left before they answered: under <c>fingerprint</c> the opener evaluates their uploads itself.</param>
/// <param name="Sum">The sum's ciphertexts; must be able to seek to its beginning.</param>
/// <param name="Uploads">Reads single ciphertexts: of those who are gone, and under <c>full</c> of all.</param>
public sealed record SumEvidence(
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces,
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Answers,
    ImmutableSortedSet<SiloId> Gone,
    Stream Sum,
    CiphertextReader Uploads);
