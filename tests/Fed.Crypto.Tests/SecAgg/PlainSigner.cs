using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Multiparty;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Signatures that everybody could forge, and that cost nothing: for tests that ask about something else. Tests of signatures use <see cref="Multiparty.TestSigner"/>.</summary>
internal sealed class PlainSigner(int site) : ITranscriptSigner
{
    public ReadOnlyMemory<byte> PublicKey { get; } = Encoding.UTF8.GetBytes($"key {site}");

    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => Digest(purpose, content, PublicKey.Span);

    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) => signature.SequenceEqual(Digest(purpose, content, publicKey));

    private static byte[] Digest(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> publicKey)
    {
        byte[] twice = new byte[64];
        SHA256.HashData([.. Encoding.UTF8.GetBytes(purpose), .. content, .. publicKey], twice);
        twice.AsSpan(0, 32).CopyTo(twice.AsSpan(32));
        return twice;
    }
}
