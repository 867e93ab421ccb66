using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Key;

/// <summary>Where the making of a key stands, at the job that leads it.</summary>
/// <param name="Epoch">Which ceremony of the job.</param>
/// <param name="Asked">Who was asked to enter.</param>
public sealed record KeyCeremony(int Epoch, ImmutableSortedSet<SiloId> Asked)
{
    /// <summary>The step that is being asked for.</summary>
    public KeyStep Step { get; init; }

    /// <summary>Who is asked: after <see cref="KeyStep.Enter"/>, those who entered.</summary>
    public ImmutableSortedSet<SiloId> Holders { get; init; } = Asked;

    /// <summary>By site, the blob that it is given in this step; empty in the first.</summary>
    public ImmutableSortedDictionary<SiloId, Digest> Given { get; init; } = ImmutableSortedDictionary<SiloId, Digest>.Empty;

    /// <summary>By step that is closed, the blob with the answers of all; there is none after <see cref="KeyStep.Deal"/>, where each site is given its own.</summary>
    public ImmutableSortedDictionary<KeyStep, Digest> Closed { get; init; } = ImmutableSortedDictionary<KeyStep, Digest>.Empty;

    /// <summary>All blobs that were published for it.</summary>
    public ImmutableSortedSet<Digest> Blobs { get; init; } = [];

    /// <summary>What a site is given.</summary>
    public Digest GivenTo(SiloId silo) => Given.GetValueOrDefault(silo);

    /// <summary>With a step closed, and the next one asked for.</summary>
    public KeyCeremony After(KeyStep step, ImmutableSortedSet<SiloId> holders, ImmutableSortedDictionary<SiloId, Digest> given) => this with
    {
        Step = step + 1,
        Holders = holders,
        Given = given,
        Closed = step == KeyStep.Deal ? Closed : Closed.SetItem(step, given.Values.First()),
        Blobs = Blobs.Union(given.Values),
    };
}

/// <summary>What a site has said in the making of a key, and so may only say again.</summary>
/// <param name="Epoch">Which ceremony.</param>
/// <param name="Step">The last step that it took.</param>
/// <param name="Holders">Among whom.</param>
/// <param name="Given">What it was given for it.</param>
/// <param name="Answer">Hash of its answer.</param>
public sealed record SiloKeyCeremony(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, Digest Given, Digest Answer)
{
    /// <summary>Hashes of its answers in all steps: blobs that go when the ceremony is over.</summary>
    public ImmutableSortedSet<Digest> Answers { get; init; } = [];

    /// <summary>Why it takes no further part; null while it does.</summary>
    public string? Abandoned { get; init; }

    /// <summary>Whose doing that is, where it is known.</summary>
    public SiloId? Blamed { get; init; }
}
