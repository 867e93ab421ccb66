namespace Fed.Crypto.Ckks.Wire;

/// <summary>
/// Body of <c>Ciphertext</c> and <c>PublicKey</c>: parms_id, u8 is_ntt_form, u64 size, u64 N, u64 L, f64 scale, u64 correction_factor, DynArray of both
/// polynomials. The seeded form has the first polynomial only, which is its one mark, and a <c>UniformRandomGeneratorInfo</c> behind it.
/// </summary>
internal static class CiphertextFormat
{
    private const long MetadataBytes = 32 + 1 + (5 * 8);
    private const long SeedBytes = SealHeader.Bytes + 1 + UniformRandomGeneratorInfo.SeedBytes;

    public static long BodyBytes(ContextData level, bool seeded) =>
        MetadataBytes + SealWriter.ArrayBytes(level.Ring.Words * (seeded ? 1L : 2L)) + (seeded ? SeedBytes : 0);

    public static long BytesMax(CkksContext context) => SealHeader.Bytes + BodyBytes(context.KeyContextData, seeded: false) + SeedBytes;

    public static void Write(SealWriter writer, ContextData level, double scale, ReadOnlySpan<ulong> words, UniformRandomGeneratorInfo? seed)
    {
        writer.ParmsId(level.ParmsId);
        writer.Byte(1);
        writer.Word(Ciphertext.PolynomialCount);
        writer.Word((ulong)level.Ring.N);
        writer.Word((ulong)level.CoeffModulusSize);
        writer.Double(scale);
        writer.Word(1);
        writer.Array(words);
        if (seed is null) return;
        writer.Header(SeedBytes);
        seed.Write(writer);
    }

    /// <summary>Reads the first polynomial and what there is of the second.</summary>
    /// <param name="reader">Stands at the body.</param>
    /// <param name="context">Whose levels are known.</param>
    /// <param name="keys">Whether a public key is read, or data.</param>
    /// <param name="expand">Whether a seed is replaced by its polynomial; otherwise the object must be seeded.</param>
    /// <returns>Both polynomials and no seed, or the first one and the seed.</returns>
    public static (ContextData Level, double Scale, ulong[] Words, UniformRandomGeneratorInfo? Seed) Read(SealReader reader, CkksContext context, bool keys, bool expand)
    {
        (ContextData level, double scale) = ReadMetadata(reader, context, keys);
        int words = level.Ring.Words;
        bool seeded = ReadArrayHeader(reader, words);
        if (!seeded && !expand) throw new SealFormatException("the object has both polynomials; a seeded one has the first and a seed");
        ulong[] polynomials = GC.AllocateUninitializedArray<ulong>(expand ? 2 * words : words);
        reader.Residues(level.Ring, seeded ? polynomials.AsSpan(0, words) : polynomials);
        if (!seeded) return (level, scale, polynomials, null);

        reader.NestedHeader("the UniformRandomGeneratorInfo", SeedBytes);
        UniformRandomGeneratorInfo seed = UniformRandomGeneratorInfo.ReadBody(reader);
        if (!expand) return (level, scale, polynomials, seed);
        seed.Expand(level.Ring, polynomials.AsSpan(words));
        return (level, scale, polynomials, null);
    }

    private static (ContextData Level, double Scale) ReadMetadata(SealReader reader, CkksContext context, bool keys)
    {
        ContextData level = Metadata.Level(context, reader.ParmsId(), keys);
        byte isNttForm = reader.Byte();
        if (isNttForm != 1) throw new SealFormatException($"is_ntt_form is {isNttForm}; it is 1 for CKKS");
        reader.Expect("the number of polynomials", Ciphertext.PolynomialCount);
        reader.Expect("poly_modulus_degree", (ulong)level.Ring.N);
        reader.Expect("coeff_modulus_size", (ulong)level.CoeffModulusSize);
        double scale = Metadata.Scale(reader, keys);
        reader.Expect("correction_factor", 1);
        return (level, scale);
    }

    /// <summary>Header and count of the residues.</summary>
    /// <returns>Whether the array holds one polynomial, not two.</returns>
    private static bool ReadArrayHeader(SealReader reader, int words)
    {
        SealHeader header = reader.NestedHeader("the DynArray");
        ulong count = reader.Word();
        if (count != (ulong)words && count != 2 * (ulong)words)
            throw new SealFormatException($"the DynArray's count is {count}; this level has {2 * words} words, or {words} and a seed");
        long bytes = SealWriter.ArrayBytes((long)count);
        if (header.TotalBytes != bytes) throw new SealFormatException($"the size of the DynArray is {header.TotalBytes}, not {bytes}");
        return count == (ulong)words;
    }
}
