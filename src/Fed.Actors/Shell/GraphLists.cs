using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Shell;

/// <summary>The two lists from which a job's graph follows: everybody's commitments, and those again with everybody's nonce behind, all signed by their sites.</summary>
internal static class GraphLists
{
    private const int AnswerBytesMax = AdvertList.EntryBytesMax;

    /// <summary>The list of commitments.</summary>
    public static byte[] WriteCommitments(IEnumerable<StepAnswer> commitments) => AdvertList.Write(commitments);

    /// <summary>The list of nonces.</summary>
    /// <param name="commitments">The list of commitments.</param>
    /// <param name="nonces">Of the same sites.</param>
    public static byte[] WriteNonces(byte[] commitments, ImmutableSortedDictionary<SiloId, StepAnswer> nonces)
    {
        byte[] shown = AdvertList.Write(nonces.Values);
        return CeremonyFrames.Write([KeyValuePair.Create(Committed, new ReadOnlyMemory<byte>(commitments)), KeyValuePair.Create(Shown, new ReadOnlyMemory<byte>(shown))]);
    }

    /// <summary>Commitments that their sites signed.</summary>
    /// <exception cref="CeremonyException">One is not, or the list is damaged.</exception>
    public static ImmutableSortedDictionary<SiloId, StepAnswer> ReadCommitments(NodeServices services, JobPlan plan, Digest planHash, ReadOnlyMemory<byte> list) =>
        Read(services, plan, planHash, list, CeremonyStep.CommitNonce, default);

    /// <summary>Reads and checks everything: each nonce signed for this very list of commitments, and the one that its site committed to.</summary>
    /// <returns>Hash of the list of commitments, whose they are, and the randomness of the job's graph.</returns>
    /// <exception cref="CeremonyException">Something of it does not fit.</exception>
    public static (Digest Commitments, ImmutableSortedSet<SiloId> Members, Digest Seed) ReadNonces(NodeServices services, ISecureAggregation aggregation, JobPlan plan, Digest planHash, byte[] lists)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> both = CeremonyFrames.Read(lists, lists.Length);
        bool isWhole = both.TryGetValue(Committed, out ReadOnlyMemory<byte> first) & both.TryGetValue(Shown, out ReadOnlyMemory<byte> second) && both.Count == 2;
        if (!isWhole) throw new CeremonyException("the list of nonces is no such list");
        Digest commitments = Digest.Of(first.Span);
        ImmutableSortedDictionary<SiloId, StepAnswer> committed = ReadCommitments(services, plan, planHash, first);
        ImmutableSortedDictionary<SiloId, StepAnswer> shown = Read(services, plan, planHash, second, CeremonyStep.ShowNonce, commitments);
        Digest seed = aggregation.GraphSeed(new GraphContext(plan.Job, planHash, plan.Silos), Payloads(committed), Payloads(shown));
        return (commitments, [.. committed.Keys], seed);
    }

    private static SiloId Committed { get; } = new("committed");

    private static SiloId Shown { get; } = new("shown");

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Payloads(ImmutableSortedDictionary<SiloId, StepAnswer> answers) =>
        answers.ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value.Payload);

    private static ImmutableSortedDictionary<SiloId, StepAnswer> Read(NodeServices services, JobPlan plan, Digest planHash, ReadOnlyMemory<byte> list, CeremonyStep step, Digest based) =>
        CeremonyFrames.Read(list, AnswerBytesMax).ToImmutableSortedDictionary(static pair => pair.Key, pair =>
        {
            (ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> signature) = AdvertList.Entry(pair.Value);
            StepAnswer answer = new(pair.Key, plan.Job, GraphCeremony.Id, step, planHash, based, payload, signature);
            return services.IsSigned(plan, answer) ? answer : throw new CeremonyException($"what '{pair.Key}' says in {step} is not signed by it");
        });
}
