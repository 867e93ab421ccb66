namespace Fed.Crypto.Ckks.Wire;

/// <summary>Body of <c>Plaintext</c> and <c>SecretKey</c>: parms_id, u64 coeff_count, f64 scale, DynArray.</summary>
internal static class PlaintextFormat
{
    private const long MetadataBytes = 32 + 8 + 8;

    public static long BodyBytes(long words) => MetadataBytes + SealWriter.ArrayBytes(words);

    public static long BytesMax(CkksContext context) => SealHeader.Bytes + BodyBytes(context.KeyContextData.Ring.Words);

    public static void Write(SealWriter writer, ParmsId parmsId, double scale, ReadOnlySpan<ulong> words)
    {
        writer.ParmsId(parmsId);
        writer.Word((ulong)words.Length);
        writer.Double(scale);
        writer.Array(words);
    }

    /// <summary>Everything in front of the residues.</summary>
    /// <param name="reader">Stands at the body.</param>
    /// <param name="context">Whose levels are known.</param>
    /// <param name="keys">Whether the object is a key, at the key level with scale 1, or data.</param>
    public static (ContextData Level, double Scale) ReadMetadata(SealReader reader, CkksContext context, bool keys)
    {
        ParmsId id = reader.ParmsId();
        if (id == ParmsId.Zero) throw new SealFormatException("parms_id is all zero: the plaintext is not in NTT form, so it is none of CKKS");
        ContextData level = Metadata.Level(context, id, keys);
        reader.Expect("coeff_count", (ulong)level.Ring.Words);
        double scale = Metadata.Scale(reader, keys);
        reader.NestedHeader("the DynArray", SealWriter.ArrayBytes(level.Ring.Words));
        reader.Expect("the DynArray's count", (ulong)level.Ring.Words);
        return (level, scale);
    }
}
