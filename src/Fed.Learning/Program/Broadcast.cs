namespace Fed.Learning.Program;

/// <summary>What silos get for a sum: aggregated values only. Fields that the sum does not need are empty.</summary>
internal sealed record Broadcast(double WeightCap, double[] Means, double[] Deviations, double[] Parameters, double[] Algorithm, long[] Exponents)
{
    private const string Magic = "FEDLBC01";
    private const string MagicAdaptive = "FEDLBC02";
    private const string MagicShared = "FEDLBC03";
    private const string MagicNarrow = "FEDLBC04";

    /// <summary>How many sites have test rows of each class, shape <c>[classes]</c>.</summary>
    public long[] ClassSites { get; init; } = [];

    /// <summary>Whether parameters travel as float32, to which they are rounded then.</summary>
    public bool IsNarrow { get; init; }

    /// <summary>Canonical bytes; with adaptive steps, figures by class, or parameters in float32, a version of its own.</summary>
    public byte[] ToBytes()
    {
        if (IsNarrow) return new FieldWriter(MagicNarrow).Number(WeightCap).Numbers(Means).Numbers(Deviations).Singles(Parameters).Numbers(Algorithm).Integers(Exponents).Integers(ClassSites).ToArray();
        string magic = ClassSites.Length > 0 ? MagicShared : Exponents.Length > 0 ? MagicAdaptive : Magic;
        FieldWriter writer = new FieldWriter(magic).Number(WeightCap).Numbers(Means).Numbers(Deviations).Numbers(Parameters).Numbers(Algorithm);
        if (magic != Magic) writer = writer.Integers(Exponents);
        return (magic == MagicShared ? writer.Integers(ClassSites) : writer).ToArray();
    }

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="ProgramException">Another version, or damaged.</exception>
    public static Broadcast FromBytes(ReadOnlySpan<byte> bytes)
    {
        FieldReader reader = new(bytes, Magic, "broadcast", MagicAdaptive, MagicShared, MagicNarrow);
        bool isNarrow = reader.Magic == MagicNarrow;
        Broadcast broadcast = new(reader.Number(), reader.Numbers(), reader.Numbers(), isNarrow ? reader.Singles() : reader.Numbers(), reader.Numbers(), reader.Magic != Magic ? reader.Integers() : [])
        {
            ClassSites = isNarrow || reader.Magic == MagicShared ? reader.Integers() : [],
            IsNarrow = isNarrow,
        };
        reader.End();
        return broadcast;
    }
}
