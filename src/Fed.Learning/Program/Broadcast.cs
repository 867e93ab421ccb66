namespace Fed.Learning.Program;

/// <summary>What silos get for a sum: aggregated values only. Fields that the sum does not need are empty.</summary>
internal sealed record Broadcast(double WeightCap, double[] Means, double[] Deviations, double[] Parameters, double[] Algorithm)
{
    private const string Magic = "FEDLBC01";

    /// <summary>Canonical bytes.</summary>
    public byte[] ToBytes() => new FieldWriter(Magic).Number(WeightCap).Numbers(Means).Numbers(Deviations).Numbers(Parameters).Numbers(Algorithm).ToArray();

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="ProgramException">Another version, or damaged.</exception>
    public static Broadcast FromBytes(ReadOnlySpan<byte> bytes)
    {
        FieldReader reader = new(bytes, Magic, "broadcast");
        Broadcast broadcast = new(reader.Number(), reader.Numbers(), reader.Numbers(), reader.Numbers(), reader.Numbers());
        reader.End();
        return broadcast;
    }
}
