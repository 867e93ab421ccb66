using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Cluster.Identity;
using Fed.Host.Protection;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Stores;
using Fed.Vectors;

namespace Fed.Host.Tests.Protection;

/// <summary>Sites that make a key and open sums together through the port, as the nodes would, each step from what is stored.</summary>
internal sealed class CkksSites : IDisposable
{
    public static readonly ImmutableArray<SiloId> All = [new("alpha"), new("beta"), new("delta"), new("gamma")];

    private const int ManyValues = 100_000, FewValues = 5;

    private readonly ToyCollectiveEncryption? _toy;

    /// <summary>More than one ciphertext holds.</summary>
    public int Values => _toy is null ? ManyValues : FewValues;

    public VectorSchema Schema => VectorSchema.Create(
        new Segment("weights", [Values], SegmentKind.Statistic, 16, 8, GridRounding.Nearest, Weighted: false), new Segment("rows", [3], SegmentKind.Count, 40, 0, GridRounding.Nearest, Weighted: false));

    // A key costs as much as some dozens of sums. How sums are verified is no term of it, so that one serves every level.
    private static readonly ConcurrentDictionary<CkksPlan, Lazy<CkksSites>> Keys = new();

    private readonly ImmutableDictionary<SiloId, LocalSigner> _signers;
    private readonly bool _ownsSigners = true;

    /// <summary>Sites without a key yet.</summary>
    /// <summary>Sites under a plan's parameters.</summary>
    /// <param name="parameters">The plan's.</param>
    /// <param name="toy">The local steps in place of the library's; null for the library's.</param>
    public CkksSites(CkksPlan? parameters = null, ToyCollectiveEncryption? toy = null)
    {
        (Parameters, _toy) = (parameters ?? new CkksPlan(1, 2, 3, SumCheckLevel.Fingerprint), toy);
        _signers = All.ToImmutableDictionary(static silo => silo, static _ => LocalSigner.CreateEphemeral());
    }

    private CkksSites(CkksPlan parameters, CkksSites made)
    {
        (Parameters, _signers, _ownsSigners) = (parameters, made._signers, false);
        foreach ((SiloId silo, byte[] secrets) in made.Secrets) Secrets[silo] = [.. secrets];
        foreach ((KeyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers) in made.Answers) Answers[step] = answers;
        (Key, PublicKey) = (made.Key, [.. made.PublicKey]);
    }

    /// <summary>Sites with a key of the library's that all tests share; what was shared under it is this test's alone.</summary>
    public static CkksSites Made(CkksPlan? parameters = null)
    {
        CkksPlan plan = parameters ?? new CkksPlan(1, 2, 3, SumCheckLevel.Fingerprint);
        return new CkksSites(plan, Keys.GetOrAdd(plan with { Verification = SumCheckLevel.Fingerprint }, static terms => new(() => new CkksSites(terms).MakeKey())).Value);
    }

    public CkksPlan Parameters { get; }

    public Dictionary<SiloId, byte[]> Secrets { get; } = [];

    public ImmutableDictionary<SiloId, SimulatedSecretStore> Stores { get; } = All.ToImmutableDictionary(static silo => silo, static _ => new SimulatedSecretStore());

    public Dictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> Answers { get; } = [];

    public CollectiveKey Key { get; private set; } = null!;

    public byte[] PublicKey { get; private set; } = [];

    public KeyContext KeyTerms => new(new JobId("job"), 1, Digest.Of("plan"u8), Digest.Of("roster"u8), [.. All], Parameters);

    public EncryptionContext Context(int attempt = 1, int round = 2, string based = "base") => new(
        new JobId("job"), new CollectionId(round, attempt, "training"), Digest.Of("plan"u8), Digest.Of(System.Text.Encoding.UTF8.GetBytes(based)), Digest.Of("roster"u8), Key, PublicKey,
        new EncryptionTerms(Parameters, All.Length, 10, 3, Schema), RingWidth.Ring64);

    /// <summary>Always a new adapter: what it remembers is a cache.</summary>
    public ICollectiveEncryption Steps(SiloId self) => _toy ?? (ICollectiveEncryption)new CkksSteps(_signers[self], address => _signers.FirstOrDefault(pair => NodeAddress.Silo(pair.Key.Value) == address).Value?.PublicKey);

    /// <summary>Makes a key, up to and with a step.</summary>
    public CkksSites MakeKey(KeyStep until = KeyStep.Accept, Action<KeyStep, Dictionary<SiloId, byte[]>>? tamper = null)
    {
        foreach (KeyStep step in Enum.GetValues<KeyStep>().Where(step => step <= until)) Take(step, tamper);
        if (until == KeyStep.Accept) Establish();
        return this;
    }

    /// <summary>One step of every site.</summary>
    public void Take(KeyStep step, Action<KeyStep, Dictionary<SiloId, byte[]>>? tamper = null)
    {
        Dictionary<SiloId, byte[]> answers = [];
        foreach (SiloId silo in All) (Secrets[silo], answers[silo]) = Take(step, silo);
        foreach (SiloId silo in All)
            if (!Steps(All[0]).IsAnswer(KeyTerms, step, silo, answers[silo], Answers)) throw new InvalidOperationException($"the {step} of {silo} does not count");
        tamper?.Invoke(step, answers);
        Answers[step] = answers.ToImmutableSortedDictionary(static pair => pair.Key, static pair => (ReadOnlyMemory<byte>)pair.Value);
    }

    public (byte[] Secrets, byte[] Answer) Take(KeyStep step, SiloId silo) => Steps(silo).TakeStep(KeyTerms, step, silo, Secrets.GetValueOrDefault(silo, []), Given(step, silo));

    /// <summary>The vectors of a sum, and what became of them.</summary>
    public CkksSum Sum(EncryptionContext context, params SiloId[] contributors) => new(this, context, contributors);

    public void Dispose()
    {
        if (!_ownsSigners) return;
        foreach (LocalSigner signer in _signers.Values) signer.Dispose();
    }

    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Given(KeyStep step, SiloId silo) => step == KeyStep.Enter
        ? ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty
        : Steps(All[0]).Gather(step - 1, Answers[step - 1], silo);

    private void Establish()
    {
        (Digest id, PublicKey) = Steps(All[0]).EstablishedKey(KeyTerms, Answers);
        Key = new CollectiveKey(1, id, Digest.Of(PublicKey), [.. All]);
    }
}
