using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg.Masks;

namespace Fed.Crypto.SecAgg;

/// <summary>What a site draws for one attempt before it knows who else takes part: two key pairs, the seed of its own mask, the seed of its sharing. Disposing wipes it.</summary>
public sealed class SiloKeys : IDisposable
{
    /// <summary>Bytes of all secrets.</summary>
    public const int Bytes = 4 * SecretBytes;

    /// <summary>Bytes of a public key: an uncompressed point.</summary>
    public const int PublicKeyBytes = AgreementKey.PointBytes;

    private const int SecretBytes = 32;

    private readonly SecretBuffer<byte> _secrets = new(Bytes);
    private bool _disposed;

    private SiloKeys()
    {
    }

    /// <summary>Point whose agreements give the pair masks.</summary>
    public ImmutableArray<byte> MaskKey { get; private set; }

    /// <summary>Point whose agreements encrypt shares.</summary>
    public ImmutableArray<byte> ShareKey { get; private set; }

    /// <summary>Where all secrets stand.</summary>
    internal ReadOnlySpan<byte> Memory => _secrets.Span;

    internal ReadOnlySpan<byte> MaskScalar => Secret(0);

    internal ReadOnlySpan<byte> ShareScalar => Secret(1);

    internal ReadOnlySpan<byte> Seed => Secret(2);

    internal ReadOnlySpan<byte> SharingSeed => Secret(3);

    /// <summary>Draws everything.</summary>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    public static SiloKeys Draw(IEntropy entropy)
    {
        SiloKeys keys = new();
        AgreementKey.Draw(entropy, keys.Secret(0));
        AgreementKey.Draw(entropy, keys.Secret(1));
        entropy.Fill(keys.Secret(2));
        entropy.Fill(keys.Secret(3));
        keys.Publish();
        return keys;
    }

    /// <summary>Brings stored secrets back.</summary>
    /// <param name="bytes">From <see cref="Save"/>.</param>
    /// <exception cref="SecAggFormatException">They have another length, or a key is not in range.</exception>
    public static SiloKeys Load(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes) throw new SecAggFormatException($"keys of a site have {Bytes} bytes, not {bytes.Length}");
        SiloKeys keys = new();
        bytes.CopyTo(keys._secrets.Span);
        if (!AgreementKey.IsScalar(keys.MaskScalar) || !AgreementKey.IsScalar(keys.ShareScalar))
        {
            keys.Dispose();
            throw new SecAggFormatException("a key of a site is not in range");
        }
        keys.Publish();
        return keys;
    }

    /// <summary>All secrets, for the silo's own secret store. The caller wipes them.</summary>
    public byte[] Save()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _secrets.Span.ToArray();
    }

    /// <summary>The hash of the seed that a site advertises for a context, so that a wrong reconstruction shows.</summary>
    public Hash256 SeedCommitment(SecAggContext context, string site) => CommitSeed(context, site, Seed);

    /// <summary>Whether bytes are a public key: a point of P-256 other than the one at infinity, uncompressed.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> key) => AgreementKey.IsPoint(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _secrets.Dispose();
    }

    /// <summary>Never a secret.</summary>
    public override string ToString() => "<redacted>";

    internal static Hash256 CommitSeed(SecAggContext context, string site, ReadOnlySpan<byte> seed) => context.AddTo(new FieldHash("fedactors/secagg/seed-commitment/1")).Add(site).Add(seed).Close();

    private void Publish()
    {
        using AgreementKey mask = new(MaskScalar), share = new(ShareScalar);
        (MaskKey, ShareKey) = ([.. mask.Public()], [.. share.Public()]);
    }

    private Span<byte> Secret(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _secrets.Span.Slice(index * SecretBytes, SecretBytes);
    }
}
