namespace Fed.Crypto.Multiparty;

/// <summary>A party's signing key, and the check of others' signatures: the one thing that this library borrows from the runtime, which holds the keys.</summary>
public interface ITranscriptSigner
{
    /// <summary>This party's public key, as the roster names it.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Signs content; the purpose keeps signatures of different meaning apart.</summary>
    ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content);

    /// <summary>Whether a signature is that of a public key. Never throws on bad input: it is just not valid.</summary>
    bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey);
}
