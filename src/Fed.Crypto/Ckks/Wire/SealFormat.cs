using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks.Wire;

/// <summary>SEAL's objects that have no type of their own here: a single <c>Modulus</c> and a <c>DynArray</c> of words.</summary>
public static class SealFormat
{
    /// <summary>Writes a <c>Modulus</c>, uncompressed.</summary>
    /// <param name="stream">Written from its position on.</param>
    /// <param name="modulus">The prime.</param>
    /// <param name="options">The version; compression is not applied to objects this small.</param>
    public static void Save(Stream stream, Modulus modulus, SealSaveOptions? options = null) =>
        ParametersFormat.WriteModulus(new SealWriter(stream, (options ?? SealSaveOptions.Default).VersionMinor), modulus.Value);

    /// <summary>Writes a <c>DynArray</c> of words, uncompressed.</summary>
    /// <param name="stream">Written from its position on.</param>
    /// <param name="words">The words.</param>
    /// <param name="options">The version.</param>
    public static void Save(Stream stream, ReadOnlySpan<ulong> words, SealSaveOptions? options = null) =>
        new SealWriter(stream, (options ?? SealSaveOptions.Default).VersionMinor).Array(words);

    /// <summary>Reads a <c>Modulus</c>.</summary>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, or no prime of at most 60 bits.</exception>
    public static Modulus LoadModulus(ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, ParametersFormat.ModulusBytes, static reader => ParametersFormat.Checked(() => new Modulus(reader.Word())));

    /// <summary>Reads a <c>DynArray</c> of words.</summary>
    /// <param name="bytes">Exactly one object.</param>
    /// <param name="countMax">Most words to take.</param>
    /// <exception cref="SealFormatException">Any other bytes, or more words.</exception>
    public static ulong[] LoadArray(ReadOnlySpan<byte> bytes, int countMax) => SealReader.Read(bytes, SealWriter.ArrayBytes(countMax), reader =>
    {
        ulong count = reader.Word();
        if (count > (ulong)countMax) throw new SealFormatException($"the DynArray has {count} words; at most {countMax} are taken");
        ulong[] words = new ulong[count];
        reader.Words(words);
        return words;
    });
}
