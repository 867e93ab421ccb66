namespace Fed.Crypto.Ckks.Wire;

/// <summary>What plaintexts and ciphertexts say of themselves, compared with the context.</summary>
internal static class Metadata
{
    /// <summary>The level that an id names, where an object of this kind may be.</summary>
    public static ContextData Level(CkksContext context, ParmsId id, bool keys)
    {
        ContextData level = context.GetContextData(id)
            ?? throw new SealFormatException($"parms_id {id} is no level of this context, whose key level is {context.KeyParmsId}: the object was made under other parameters");
        if (keys && level != context.KeyContextData) throw new SealFormatException($"the key is at level {level.ChainIndex}, not at the key level {context.KeyParmsId}");
        if (!keys && !context.IsDataLevel(level)) throw new SealFormatException($"the object is at the key level, which holds no data; the first data level is {context.FirstParmsId}");
        return level;
    }

    /// <summary>A scale: 1 for keys, finite and positive for data.</summary>
    public static double Scale(SealReader reader, bool keys)
    {
        double scale = reader.Double();
        if (keys && scale != 1.0) throw new SealFormatException($"the scale of a key is {scale}, not 1");
        return double.IsFinite(scale) && scale > 0 ? scale : throw new SealFormatException($"the scale is {scale}; it must be finite and above 0");
    }
}
