using System.Buffers;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Multiparty;

/// <summary>A site that holds a part of a collective key: it encrypts with its own summand of the secret, and opens sums with t - 1 others by what they have dealt it of theirs.</summary>
/// <remarks>
/// <para>
/// Private stream aggregation on lattices (Becker, Guajardo, Zimmermann, NDSS 2018; Takeshita, Karl, Gong, Jung, ePrint 2020/1611), with threshold shares (Mouchet, Bertrand, Hubaux, ePrint 2022/780) in the place of the
/// aggregator's key, smudged after Li, Micciancio, Schultz, Sorrell (CRYPTO 2022, ePrint 2022/816). A share follows from attempt, contributors and openers; no ciphertext enters it, so nobody chooses what a secret is multiplied by.
/// </para>
/// <para>
/// A share is a stored value: made once, durable before it is returned, and returned as the same bytes for ever after. Another share of the same factor, for whatever active set, layout or receiver, is
/// refused; so is another sum at the same place, other contributors for the same sum, and anything at all once the key's openings are used up. Safe for several threads as far as the ledger is.
/// </para>
/// </remarks>
public sealed class KeyHolder : IDisposable
{
    /// <summary>The fewest bits of statistical security that smudging is accepted with. A fixed small deviation, as some libraries default to, is a heuristic and cannot be chosen.</summary>
    public const int StatisticalBitsMin = 40;

    private readonly ThresholdShare _share;
    private readonly IShareLedger _ledger;
    private readonly ITranscriptSigner _signer;
    private readonly IEntropy _entropy;
    private readonly int _party;

    internal KeyHolder(CollectivePublicKey key, int party, ThresholdShare share, IShareLedger ledger, ITranscriptSigner signer, IEntropy entropy)
    {
        (Key, _party, _share, _ledger, _signer, _entropy) = (key, party, share, ledger, signer, entropy);
    }

    /// <summary>The key.</summary>
    public CollectivePublicKey Key { get; }

    /// <summary>This site.</summary>
    public string Name => Key.Ceremony.Roster.Parties[_party].Name;

    /// <summary>This site's share of the opening of one ciphertext of a sum.</summary>
    /// <param name="sum">From this site's own <see cref="SumCheck"/>.</param>
    /// <param name="index">Index of the ciphertext.</param>
    /// <exception cref="RefusedException">The sum was verified by somebody else, is of another key, or has a contributor that does not hold it; another share of it, another sum at its place or other contributors were opened
    /// before; the key is used up; or the layout's smudging is not that of the key.</exception>
    public OpeningShare Share(VerifiedSum sum, int index) => Make(sum, index, ShareKind.Decryption, null);

    /// <summary>This site's share in switching one ciphertext of a sum to an outside receiver, who alone then reads it.</summary>
    /// <param name="sum">From this site's own <see cref="SumCheck"/>.</param>
    /// <param name="index">Index of the ciphertext.</param>
    /// <param name="receiver">The receiver that the plan names.</param>
    /// <inheritdoc cref="Share" path="/exception"/>
    public OpeningShare Switch(VerifiedSum sum, int index, ReceiverPublicKey receiver) => Make(sum, index, ShareKind.KeySwitch, receiver);

    /// <summary>Encrypts this site's vector for one attempt at a sum.</summary>
    /// <param name="round">The sum and attempt. Never two vectors for one: their difference could be read by whoever has both.</param>
    /// <param name="layout">The layout of all vectors.</param>
    /// <param name="vector">Names the vector: a hash of its words. The same vector, encrypted again for the same attempt, gives the same bytes.</param>
    /// <param name="ring">Width of the vector's words.</param>
    /// <param name="output">Receives the ciphertexts.</param>
    /// <returns>To be given the words; the caller disposes it before this holder.</returns>
    /// <exception cref="RefusedException">The layout is not for sums under this key.</exception>
    public SumEncryptor Encrypt(SumRound round, PackingLayout layout, Hash256 vector, RingWidth ring, CiphertextWriter output)
    {
        RequireTerms(layout);
        RequireMasked(layout);
        SumMask mask = new(Key, round, layout);
        return new SumEncryptor(layout, Key.Key.Id.AsSpan(), new MaskedEncryption(_share.Own, mask.Write, _share.Errors(mask.Id, vector)), ring, output);
    }

    /// <summary>This site's part of the key, encrypted for its own disk.</summary>
    /// <param name="wrappingKey">32 bytes that the site keeps elsewhere.</param>
    public byte[] Wrap(ReadOnlySpan<byte> wrappingKey) => _share.Wrap(wrappingKey, Context(Key, Name), _entropy);

    /// <summary>Takes up a stored part of the key.</summary>
    /// <param name="key">The key, from its recomputed transcript.</param>
    /// <param name="name">This site.</param>
    /// <param name="wrapped">From <see cref="Wrap"/>.</param>
    /// <param name="wrappingKey">The same 32 bytes.</param>
    /// <param name="ledger">The ledger of all shares made with this part: an older or empty one would allow a second share.</param>
    /// <param name="signer">The site's signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The bytes are damaged, of another site or key, or under another wrapping key.</exception>
    public static KeyHolder Unwrap(CollectivePublicKey key, string name, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> wrappingKey, IShareLedger ledger, ITranscriptSigner signer, IEntropy entropy) =>
        new(key, key.Ceremony.Roster.IndexOf(name), ThresholdShare.Unwrap(key.Ceremony.Ring, key.Ceremony.Roster.Count, wrapped, wrappingKey, Context(key, name)), ledger, signer, entropy);

    private OpeningShare Make(VerifiedSum sum, int index, ShareKind kind, ReceiverPublicKey? receiver)
    {
        SumStatement statement = sum.Statement;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, statement.Sums.Length);
        if (sum.Opener != Name) throw new RefusedException($"the sum for {statement.Round} was verified by '{sum.Opener}'; '{Name}' opens only what it has verified itself");
        if (sum.Key.Id != Key.Id) throw new RefusedException($"the sum for {statement.Round} is of another key");
        RequireTerms(statement.Layout);
        RequireMasked(statement.Layout);
        PackedFormat format = new(statement.Layout, Key.Key.Id.AsSpan());
        PackedHeader header = new(PackedForm.Masked, index, statement.Contributions.Length);
        OpenedTerm[] terms = [.. statement.Groups.Select(group =>
        {
            SumMask mask = new(Key, group.Round, statement.Layout);
            return new OpenedTerm([.. group.Parties.Select(Key.Ceremony.Roster.IndexOf)], a => mask.Write(index, a));
        })];
        return Make(statement.Request(Key, sum.Active, index, kind, receiver?.Id), sum.Active, format, header, terms, kind, receiver);
    }

    /// <summary>Makes or repeats a share, by the rules of the ledger.</summary>
    internal OpeningShare Make(ShareRequest request, ActiveSet active, PackedFormat format, PackedHeader header, IReadOnlyList<OpenedTerm> terms, ShareKind kind, ReceiverPublicKey? receiver)
    {
        PackedFormat payloadFormat = receiver is null ? format : new PackedFormat(format.Layout, receiver.Id.ToArray());
        PackedForm form = kind == ShareKind.Decryption ? PackedForm.Share : PackedForm.Ciphertext;
        const int Tries = 3;   // another thread may be storing shares under the same key
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            LedgerView view = _ledger.Read(request);
            if (Repeated(request, view) is { } made) return OpeningShare.Read(made.Share.AsSpan(), payloadFormat.Bytes(form));
            OpeningShare share = Compute(request, active, format, payloadFormat, header with { Form = form }, terms, kind, receiver);
            if (_ledger.Persist(new ShareRecord(request, view.Openings + 1, share.Stored))) return share;
        }
        throw new RefusedException("the ledger of shares is changing under our hands; ask again");
    }

    // Everything that forbids a share is looked at before one is computed.
    private ShareRecord? Repeated(ShareRequest request, LedgerView view)
    {
        if (view.Made is { } made)
        {
            if (made.Request == request) return made;
            throw new RefusedException("a share of this ciphertext was made before, for another active set, layout, receiver or place: a second one would give the key away; encrypt anew instead");
        }
        if (view.PlaceFactor is not null) throw new RefusedException("another ciphertext was opened at this place of this attempt; each is opened once");
        if (view.Contributors is { } contributors && contributors != request.Contributors)
            throw new RefusedException("this sum was opened for other contributors before: the difference of the two would be single sites' vectors");
        if (view.Openings >= Key.Ceremony.OpeningsMax) throw new RefusedException($"the key is used up: {view.Openings} of {Key.Ceremony.OpeningsMax} openings were made; begin the next epoch");
        return null;
    }

    private OpeningShare Compute(
        ShareRequest request, ActiveSet active, PackedFormat format, PackedFormat payloadFormat, PackedHeader header, IReadOnlyList<OpenedTerm> terms, ShareKind kind, ReceiverPublicKey? receiver)
    {
        RnsRing ring = Key.Ceremony.Ring;
        ulong[] words = ArrayPool<ulong>.Shared.Rent(3 * ring.Words);    // a polynomial, and the share, which is public as soon as it is one
        byte[] bytes = ArrayPool<byte>.Shared.Rent(payloadFormat.Bytes(header.Form));
        try
        {
            Span<ulong> scratch = words.AsSpan(0, ring.Words), share0 = words.AsSpan(ring.Words, ring.Words), share1 = words.AsSpan(2 * ring.Words, ring.Words);
            Span<byte> payload = bytes.AsSpan(0, payloadFormat.Bytes(header.Form));
            payloadFormat.Write(header, payload);
            if (receiver is null)
            {
                _share.Decrypt(terms, active, _party, format.Layout, _entropy, scratch, share0);
            }
            else
            {
                _share.Switch(terms, active, _party, format.Layout, receiver.Key, _entropy, scratch, share0, share1);
                ResiduePacking.Pack(ring, share1, payloadFormat.Polynomial(payload, 1));
            }
            ResiduePacking.Pack(ring, share0, payloadFormat.Polynomial(payload, 0));
            return OpeningShare.Sign(kind, _party, ShareRequests.Hash(request), payload, _signer);
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(words, clearArray: true);     // a share that was not finished holds its smudging
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void RequireMasked(PackingLayout layout)
    {
        if (layout.SumForm != PackedForm.Masked) throw new RefusedException("a layout for vectors under the public key: holders encrypt and open with their own parts of the secret");
    }

    // The smudging follows from the layout's job, so that job must not promise less than the key needs.
    private void RequireTerms(PackingLayout layout)
    {
        KeyCeremony ceremony = Key.Ceremony;
        PackingJob job = layout.Proof.Job;
        if (!layout.Profile.Hash.AsSpan().SequenceEqual(ceremony.Profile.Hash.AsSpan())) throw new RefusedException($"a layout of profile {layout.Profile.Name}: the key is of {ceremony.Profile.Name}");
        if (job.KeyHolders < ceremony.Roster.Count) throw new RefusedException($"a layout for {job.KeyHolders} key holders: the key has {ceremony.Roster.Count}, and as many may add their smudging");
        if (job.OpeningsPerKey < ceremony.OpeningsInAll) throw new RefusedException($"a layout for {job.OpeningsPerKey} openings: the key allows {ceremony.OpeningsInAll} by different openers, which needs more smudging");
        if (job.StatisticalBits < StatisticalBitsMin) throw new RefusedException($"smudging of {job.StatisticalBits} bits: at least {StatisticalBitsMin} are asked for");
    }

    private static byte[] Context(CollectivePublicKey key, string name) => new FieldHash("fedactors/wrapped-key-part/1").Add(key.Id).Add(key.Transcript).Add(name).Close().ToArray();

    /// <inheritdoc/>
    public void Dispose() => _share.Dispose();

    /// <summary>Never the part.</summary>
    public override string ToString() => $"{Name} <redacted>";
}
