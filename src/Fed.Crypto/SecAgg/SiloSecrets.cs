using System.Security.Cryptography;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>A silo's secrets of one attempt, and the lists it has answered to: the silo's side of the ceremony, step by step. Disposing wipes it.</summary>
/// <remarks>
/// <para>Steps: <see cref="Advertise(SecAggAttempt, string, ITranscriptSigner, IEntropy)"/>, <see cref="ShareKeys"/>, <see cref="Mask"/>, <see cref="SignContributors"/>, <see cref="Unmask"/>. A step that is repeated with the same arguments gives the same answer, so
/// it may be repeated after a restart; with other arguments it is refused, for good.</para>
/// <para>A step that takes a list fixes it in this object. Whoever drives the steps stores <see cref="Save"/> durably before the answer leaves: an answer is then never given for a list that a restart could forget. Not safe for several threads.</para>
/// </remarks>
public sealed partial class SiloSecrets : IDisposable
{
    private readonly SiloKeys _keys;
    private Hash256? _adverts, _vector;
    private SiteSet? _sharers, _contributors;
    private bool _disposed;

    private SiloSecrets(SecAggAttempt attempt, SiloKeys keys, SignedAdvert advert) => (Attempt, _keys, Advert) = (attempt, keys, advert);

    /// <summary>The attempt.</summary>
    public SecAggAttempt Attempt { get; }

    /// <summary>This site's place.</summary>
    public int Site => Advert.Site;

    /// <summary>What this site advertises; the same bytes whenever it is asked.</summary>
    public SignedAdvert Advert { get; }

    /// <summary>Sites that have dealt shares (U2), once <see cref="Mask"/> has fixed them.</summary>
    public SiteSet? Sharers => _sharers;

    /// <summary>Contributors of the sum (U3), once <see cref="SignContributors"/> has fixed them.</summary>
    public SiteSet? Contributors => _contributors;

    /// <summary>Where all secrets stand.</summary>
    internal ReadOnlySpan<byte> Memory => _keys.Memory;

    private SecAggParameters Parameters => Attempt.Parameters;

    private SiteSet Holders => Attempt.Graph.HoldersOf(Site);

    /// <summary>AdvertiseKeys: draws everything secret of the attempt and signs the public keys. Once for each attempt; store it before the advert leaves.</summary>
    /// <param name="attempt">The attempt, with plan, model and roster as this silo knows them.</param>
    /// <param name="site">This site's name.</param>
    /// <param name="signer">This site's signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The site is not in the roster, or its signing key is not the roster's.</exception>
    public static SiloSecrets Advertise(SecAggAttempt attempt, string site, ITranscriptSigner signer, IEntropy entropy) => Advertise(attempt, site, signer, SiloKeys.Draw(entropy));

    /// <summary>The same with keys that were drawn before.</summary>
    /// <param name="attempt">The attempt, with plan, model and roster as this silo knows them.</param>
    /// <param name="site">This site's name.</param>
    /// <param name="signer">This site's signing key.</param>
    /// <param name="keys">Keys that have served no other attempt; disposed with the result, or at once when they are refused.</param>
    /// <exception cref="RefusedException">The site is not in the roster, or its signing key is not the roster's.</exception>
    public static SiloSecrets Advertise(SecAggAttempt attempt, string site, ITranscriptSigner signer, SiloKeys keys)
    {
        try
        {
            int place = attempt.Terms.Roster.PlaceOf(site);
            if (!signer.PublicKey.Span.SequenceEqual(attempt.Terms.Roster.Sites[place].SigningKey.AsSpan())) throw new RefusedException($"the roster has another signing key for '{site}'");
            return new SiloSecrets(attempt, keys, SignedAdvert.Sign(attempt, place, keys, signer));
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Everything, secrets included, for the silo's own secret store. The caller wipes the bytes.</summary>
    public byte[] Save()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SecAggWriter writer = new SecAggWriter(SecAggKind.SiloSecrets, SavedBytes).Add(Attempt.Id).Add(Site).Add(_keys.Memory).AddSignature(Advert.Signature.AsSpan());
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
        int site = reader.Site(attempt.Sites);
        SiloKeys keys = SiloKeys.Load(reader.Next(SiloKeys.Bytes));
        try
        {
            SiloSecrets loaded = new(attempt, keys, new SignedAdvert(site, keys.MaskKey, keys.ShareKey, keys.SeedCommitment(attempt.Context, attempt.Name(site)), reader.Signature()));
            int pins = reader.Byte();
            if (pins > 3) throw reader.Refuse($"{pins} lists where at most 3 are possible");
            if (pins > 0) loaded._adverts = reader.Hash();
            if (pins > 1) (loaded._sharers, loaded._vector) = (reader.Set(attempt.Sites), reader.Hash());
            if (pins > 2) loaded._contributors = reader.Set(attempt.Sites);
            ReadOnlySpan<byte> checksum = reader.Next(Hash256.Bytes);
            reader.End();
            if (!CryptographicOperations.FixedTimeEquals(loaded.Checksum().ToArray(), checksum)) throw reader.Refuse("it is damaged");
            return loaded;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _keys.Dispose();
    }

    /// <summary>Never a secret.</summary>
    public override string ToString() => "<redacted>";

    private int Pins => _contributors is not null ? 3 : _sharers is not null ? 2 : _adverts is not null ? 1 : 0;

    private int SavedBytes => 5 + Hash256.Bytes + 2 + SiloKeys.Bytes + 2 + Advert.Signature.Length + 1
        + (Pins > 0 ? Hash256.Bytes : 0) + (Pins > 1 ? Hash256.Bytes + 2 + SiteSet.BytesOf(Attempt.Sites) : 0) + (Pins > 2 ? 2 + SiteSet.BytesOf(Attempt.Sites) : 0) + Hash256.Bytes;

    private Hash256 Checksum()
    {
        FieldHash sum = Advert.AddTo(Attempt.Statement("fedactors/secagg/silo-secrets/1")).Add(Advert.Signature.AsSpan()).Add(_keys.Memory).Add(Pins);
        if (_adverts is Hash256 adverts) sum.Add(adverts);
        if (_sharers is not null) _sharers.AddTo(sum).Add(_vector!.Value);
        _contributors?.AddTo(sum);
        return sum.Close();
    }
}
