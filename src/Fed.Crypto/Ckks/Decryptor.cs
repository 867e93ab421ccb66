namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>Decryptor</c>.</summary>
/// <remarks>
/// Holds the key, which stays the caller's; safe for all threads. A decrypted CKKS plaintext carries the encryption error, and who publishes it together with its
/// ciphertext gives away the secret key (Li and Micciancio, eprint 2020/1533): round it to its precision first, or use the packing and multiparty types.
/// </remarks>
public sealed class Decryptor
{
    private readonly CkksContext _context;
    private readonly SecretKey _secretKey;

    /// <summary>Takes the secret key.</summary>
    /// <exception cref="CkksMismatchException">The key is of another context.</exception>
    public Decryptor(CkksContext context, SecretKey secretKey)
    {
        context.RequireKey(secretKey.ParmsId);
        (_context, _secretKey) = (context, secretKey);
    }

    /// <summary>Opens a ciphertext: <c>c0 + c1·s</c>, in NTT form at its level and scale.</summary>
    /// <exception cref="CkksMismatchException">The ciphertext is of another context.</exception>
    /// <exception cref="ObjectDisposedException">The key has been cleared.</exception>
    public Plaintext Decrypt(Ciphertext ciphertext)
    {
        ContextData level = _context.RequireDataLevel(ciphertext.ParmsId);
        ulong[] words = GC.AllocateUninitializedArray<ulong>(level.Ring.Words);
        ciphertext.Data(0).CopyTo(words);
        level.Ring.MultiplyAdd(ciphertext.Data(1), _secretKey.At(level), words);
        return new Plaintext(level, ciphertext.Scale, words);
    }
}
