namespace Fed.Learning.Program;

/// <summary>The server's state between sums, in canonical bytes. Holds aggregated values only.</summary>
internal sealed record ServerState
{
    private const string Magic = "FEDLST01";
    private const string MagicAdaptive = "FEDLST02";
    private const string MagicShared = "FEDLST03";

    /// <summary>n_cap; 0 before start-up is over.</summary>
    public double WeightCap { get; init; }

    /// <summary>Sum of m_k over all sites: training rows where they count by rows without a cap of the plan, sites where they count alike.</summary>
    public long TotalWeight { get; init; }

    /// <summary>Values present in each column, shape <c>[features]</c>.</summary>
    public long[] Present { get; init; } = [];

    /// <summary>Federated means, shape <c>[features]</c>.</summary>
    public double[] Means { get; init; } = [];

    /// <summary>Federated population standard deviations, shape <c>[features]</c>.</summary>
    public double[] Deviations { get; init; } = [];

    /// <summary>The model.</summary>
    public double[] Parameters { get; init; } = [];

    /// <summary>The algorithm's vector beside it.</summary>
    public double[] AlgorithmState { get; init; } = [];

    /// <summary>Rounds running in which the parameters hardly changed.</summary>
    public int CalmRounds { get; init; }

    /// <summary>The last test losses, oldest first, as many as the loss rule looks back, plus one.</summary>
    public double[] Losses { get; init; } = [];

    /// <summary>The rule that fired in the training sum of this round, told after its evaluation; empty while none has.</summary>
    public string Fired { get; init; } = "";

    /// <summary>Powers of two of the training steps, shape <c>[blocks]</c> of <see cref="StepScale"/>; empty where steps are fixed.</summary>
    public long[] Exponents { get; init; } = [];

    /// <summary>How many sites have test rows of each class, shape <c>[classes]</c>; empty where figures are not reported by class.</summary>
    public long[] ClassSites { get; init; } = [];

    /// <summary>Canonical bytes; with adaptive steps, or figures by class, a version of its own, so that all others stay as they were.</summary>
    public byte[] ToBytes()
    {
        string magic = ClassSites.Length > 0 ? MagicShared : Exponents.Length > 0 ? MagicAdaptive : Magic;
        FieldWriter writer = new FieldWriter(magic)
            .Number(WeightCap).Integer(TotalWeight).Integers(Present).Numbers(Means).Numbers(Deviations)
            .Numbers(Parameters).Numbers(AlgorithmState).Integer(CalmRounds).Numbers(Losses).Text(Fired);
        if (magic != Magic) writer = writer.Integers(Exponents);
        return (magic == MagicShared ? writer.Integers(ClassSites) : writer).ToArray();
    }

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="ProgramException">Another version, or damaged.</exception>
    public static ServerState FromBytes(ReadOnlySpan<byte> bytes)
    {
        FieldReader reader = new(bytes, Magic, "server state", MagicAdaptive, MagicShared);
        ServerState state = new()
        {
            WeightCap = reader.Number(),
            TotalWeight = reader.Integer(),
            Present = reader.Integers(),
            Means = reader.Numbers(),
            Deviations = reader.Numbers(),
            Parameters = reader.Numbers(),
            AlgorithmState = reader.Numbers(),
            CalmRounds = (int)reader.Integer(),
            Losses = reader.Numbers(),
            Fired = reader.Text(),
            Exponents = reader.Magic != Magic ? reader.Integers() : [],
            ClassSites = reader.Magic == MagicShared ? reader.Integers() : [],
        };
        reader.End();
        return state;
    }
}
