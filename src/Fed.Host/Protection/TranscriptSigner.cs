using Fed.Actors.Ports;
using Fed.Crypto.Multiparty;

namespace Fed.Host.Protection;

/// <summary>The node's signer, for the transcripts of the local steps.</summary>
internal sealed class TranscriptSigner(ISigner signer) : ITranscriptSigner
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey => signer.PublicKey;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => signer.Sign(purpose, content);

    /// <inheritdoc/>
    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) => signer.Verify(purpose, content, signature, publicKey);
}
