using Fed.Crypto.Packing;

namespace Fed.Host.Protection;

/// <summary>Reads the ciphertexts of a vector from where they lie one after another. One buffer serves all of them: a ciphertext is valid until the next one is read.</summary>
internal static class CiphertextStream
{
    /// <summary>Bytes of one ciphertext.</summary>
    public static int Bytes(PackingLayout layout) => new PackedFormat(layout, stackalloc byte[32]).Bytes(PackedForm.Masked);

    /// <summary>All ciphertexts of a layout, in order.</summary>
    /// <exception cref="InvalidDataException">The stream is shorter or longer than the layout says.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(PackingLayout layout, Stream input) => Read(layout, input, Bytes(layout));

    /// <summary>All ciphertexts of an upload, in order, and what follows them.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="input">The upload.</param>
    /// <param name="tail">Receives what follows the last ciphertext, all of it.</param>
    /// <inheritdoc cref="Read(PackingLayout, Stream)" path="/exception"/>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(PackingLayout layout, Stream input, byte[] tail) => Read(layout, input, Bytes(layout), tail);

    private static IEnumerable<ReadOnlyMemory<byte>> Read(PackingLayout layout, Stream input, int bytes, byte[]? tail = null)
    {
        byte[] ciphertext = new byte[bytes];
        for (int index = 0; index < layout.Ciphertexts; index++)
        {
            int read = input.ReadAtLeast(ciphertext, ciphertext.Length, throwOnEndOfStream: false);
            if (read != ciphertext.Length) throw new InvalidDataException($"a vector of {layout.Ciphertexts} ciphertexts ends in ciphertext {index}");
            yield return ciphertext;
        }

        if (tail is not null && input.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false) != tail.Length) throw new InvalidDataException("an upload ends within the hashes of its ciphertexts");
        if (input.ReadByte() >= 0) throw new InvalidDataException($"bytes follow the {layout.Ciphertexts} ciphertexts of a vector");
    }
}
