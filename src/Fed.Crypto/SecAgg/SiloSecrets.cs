using System.Security.Cryptography;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>A silo's secrets of one attempt, and the lists it has answered to: the silo's side of the ceremony, step by step. Disposing wipes it.</summary>
/// <remarks>
/// <para>Steps: <see cref="Advertise"/>, <see cref="ShareKeys"/>, <see cref="Mask"/>, <see cref="SignContributors"/>, <see cref="Unmask"/>. A step that is repeated with the same arguments gives the same answer, so
/// it may be repeated after a restart; with other arguments it is refused, for good.</para>
/// <para>A step that takes a list fixes it in this object. Whoever drives the steps stores <see cref="Save"/> durably before the answer leaves: an answer is then never given for a list that a restart could forget. Not safe for several threads.</para>
/// </remarks>
public sealed partial class SiloSecrets : IDisposable
{
    private const int SecretBytes = 32, SecretCount = 4;

    private readonly SecretBuffer<byte> _secrets = new(SecretCount * SecretBytes);
    private Hash256? _adverts, _vector;
    private SiteSet? _sharers, _contributors;
    private bool _disposed;

    private SiloSecrets(SecAggAttempt attempt, int site) => (Attempt, Site, Advert) = (attempt, site, null!);

    /// <summary>The attempt.</summary>
    public SecAggAttempt Attempt { get; }

    /// <summary>This site's place.</summary>
    public int Site { get; }

    /// <summary>What this site advertises; the same bytes whenever it is asked.</summary>
    public SignedAdvert Advert { get; private set; }

    /// <summary>Sites that have dealt shares (U2), once <see cref="Mask"/> has fixed them.</summary>
    public SiteSet? Sharers => _sharers;

    /// <summary>Contributors of the sum (U3), once <see cref="SignContributors"/> has fixed them.</summary>
    public SiteSet? Contributors => _contributors;

    /// <summary>Where all secrets stand.</summary>
    internal ReadOnlySpan<byte> Memory => _secrets.Span;

    private SecAggParameters Parameters => Attempt.Parameters;

    private SiteSet Holders => Attempt.Graph.HoldersOf(Site);

    private Span<byte> MaskScalar => Secret(0);

    private Span<byte> ShareScalar => Secret(1);

    private Span<byte> Seed => Secret(2);

    private Span<byte> SharingSeed => Secret(3);

    /// <summary>AdvertiseKeys: draws everything secret of the attempt and signs the public keys. Once for each attempt; store it before the advert leaves.</summary>
    /// <param name="attempt">The attempt, with plan, model and roster as this silo knows them.</param>
    /// <param name="site">This site's name.</param>
    /// <param name="signer">This site's signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The site is not in the roster, or its signing key is not the roster's.</exception>
    public static SiloSecrets Advertise(SecAggAttempt attempt, string site, ITranscriptSigner signer, IEntropy entropy)
    {
        int place = attempt.Terms.Roster.PlaceOf(site);
        if (!signer.PublicKey.Span.SequenceEqual(attempt.Terms.Roster.Sites[place].SigningKey.AsSpan())) throw new RefusedException($"the roster has another signing key for '{site}'");
        SiloSecrets secrets = new(attempt, place);
        AgreementKey.Draw(entropy, secrets.MaskScalar);
        AgreementKey.Draw(entropy, secrets.ShareScalar);
        entropy.Fill(secrets.Seed);
        entropy.Fill(secrets.SharingSeed);
        using AgreementKey mask = new(secrets.MaskScalar), share = new(secrets.ShareScalar);
        secrets.Advert = SignedAdvert.Sign(attempt, place, mask.Public(), share.Public(), secrets.Seed, signer);
        return secrets;
    }

    /// <summary>Everything, secrets included, for the silo's own secret store. The caller wipes the bytes.</summary>
    public byte[] Save()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SecAggWriter writer = new SecAggWriter(SecAggKind.SiloSecrets, SavedBytes).Add(Attempt.Id).Add(Site).Add(_secrets.Span).AddSignature(Advert.Signature.AsSpan());
        writer.Add((byte)Pins);
        if (_adverts is Hash256 adverts) writer.Add(adverts);
        if (_sharers is not null) writer.Add(_sharers).Add(_vector!.Value);
        if (_contributors is not null) writer.Add(_contributors);
        return writer.Add(Checksum()).ToArray();
    }

    /// <summary>Brings stored secrets back.</summary>
    /// <param name="attempt">The attempt they were stored for.</param>
    /// <param name="bytes">From <see cref="Save"/>.</param>
    /// <exception cref="SecAggFormatException">They are damaged, or of another attempt.</exception>
    public static SiloSecrets Load(SecAggAttempt attempt, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.SiloSecrets, bytes);
        reader.RequireAttempt(attempt);
        SiloSecrets loaded = new(attempt, reader.Site(attempt.Sites));
        try
        {
            reader.Next(SecretCount * SecretBytes).CopyTo(loaded._secrets.Span);
            System.Collections.Immutable.ImmutableArray<byte> signature = reader.Signature();
            int pins = reader.Byte();
            if (pins > 3) throw reader.Refuse($"{pins} lists where at most 3 are possible");
            if (pins > 0) loaded._adverts = reader.Hash();
            if (pins > 1) (loaded._sharers, loaded._vector) = (reader.Set(attempt.Sites), reader.Hash());
            if (pins > 2) loaded._contributors = reader.Set(attempt.Sites);
            ReadOnlySpan<byte> checksum = reader.Next(Hash256.Bytes);
            reader.End();
            if (!AgreementKey.IsScalar(loaded.MaskScalar) || !AgreementKey.IsScalar(loaded.ShareScalar)) throw reader.Refuse("a key is not in range");
            using AgreementKey mask = new(loaded.MaskScalar), share = new(loaded.ShareScalar);
            loaded.Advert = new SignedAdvert(loaded.Site, [.. mask.Public()], [.. share.Public()], SignedAdvert.CommitSeed(attempt, loaded.Site, loaded.Seed), signature);
            if (!CryptographicOperations.FixedTimeEquals(loaded.Checksum().ToArray(), checksum)) throw reader.Refuse("it is damaged");
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _secrets.Dispose();
    }

    /// <summary>Never a secret.</summary>
    public override string ToString() => "<redacted>";

    private int Pins => _contributors is not null ? 3 : _sharers is not null ? 2 : _adverts is not null ? 1 : 0;

    private int SavedBytes => 5 + Hash256.Bytes + 2 + SecretCount * SecretBytes + 2 + Advert.Signature.Length + 1
        + (Pins > 0 ? Hash256.Bytes : 0) + (Pins > 1 ? Hash256.Bytes + 2 + SiteSet.BytesOf(Attempt.Sites) : 0) + (Pins > 2 ? 2 + SiteSet.BytesOf(Attempt.Sites) : 0) + Hash256.Bytes;

    private Hash256 Checksum()
    {
        FieldHash sum = Advert.AddTo(Attempt.Statement("fedactors/secagg/silo-secrets/1")).Add(Advert.Signature.AsSpan()).Add(_secrets.Span).Add(Pins);
        if (_adverts is Hash256 adverts) sum.Add(adverts);
        if (_sharers is not null) _sharers.AddTo(sum).Add(_vector!.Value);
        _contributors?.AddTo(sum);
        return sum.Close();
    }

    private Span<byte> Secret(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _secrets.Span.Slice(index * SecretBytes, SecretBytes);
    }
}
