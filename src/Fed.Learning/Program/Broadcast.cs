namespace Fed.Learning.Program;

/// <summary>What silos get for a sum: aggregated values only. Fields that the sum does not need are empty.</summary>
internal sealed record Broadcast(double WeightCap, double[] Means, double[] Deviations, double[] Parameters, double[] Algorithm, long[] Exponents)
{
    private const string Magic = "FEDLBC01";
    private const string MagicAdaptive = "FEDLBC02";

    /// <summary>Canonical bytes; with adaptive steps a version of its own.</summary>
    public byte[] ToBytes()
    {
        FieldWriter writer = new FieldWriter(Exponents.Length == 0 ? Magic : MagicAdaptive).Number(WeightCap).Numbers(Means).Numbers(Deviations).Numbers(Parameters).Numbers(Algorithm);
        return (Exponents.Length == 0 ? writer : writer.Integers(Exponents)).ToArray();
    }

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="ProgramException">Another version, or damaged.</exception>
    public static Broadcast FromBytes(ReadOnlySpan<byte> bytes)
    {
        FieldReader reader = new(bytes, Magic, "broadcast", MagicAdaptive);
        Broadcast broadcast = new(reader.Number(), reader.Numbers(), reader.Numbers(), reader.Numbers(), reader.Numbers(), reader.Magic == MagicAdaptive ? reader.Integers() : []);
        reader.End();
        return broadcast;
    }
}
