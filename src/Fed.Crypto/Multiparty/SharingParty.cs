using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>
/// One holder's side of sharing the secret out, t of n: deal values of one's own sharing polynomial, collect those of the others, and prove the result by trial openings. Only then is there a
/// <see cref="KeyHolder"/>.
/// </summary>
/// <remarks>
/// Mouchet, Bertrand, Hubaux (ePrint 2022/780), with the values of different dealers kept apart: x_Sj is the sum of those of the contributors, and nobody's own secret is ever rebuilt. Not safe for several threads. Disposing wipes everything that
/// was not handed over.
/// </remarks>
public sealed partial class SharingParty : IDisposable
{
    private readonly KeyGenerationParty? _party;   // null once it has dealt and come back from disk
    private readonly string _name;
    private readonly int _index;
    private readonly ECDiffieHellman _agreementKey;
    private readonly ITranscriptSigner _signer;
    private readonly IEntropy _entropy;
    private readonly KeyHolder _holder;
    private readonly ThresholdShare _share;
    private readonly PackingLayout _layout;
    private bool _hasDealt, _hasReceived, _isHandedOver;

    /// <summary>Begins to share out under a key that all holders have signed.</summary>
    /// <param name="party">This party's side of the key's making; its secret goes over to this one with <see cref="Deal"/>.</param>
    /// <param name="key">The key.</param>
    /// <param name="agreementKey">The private half of the party's agreement key in the roster; the caller disposes it.</param>
    /// <param name="ledger">The party's ledger of shares.</param>
    /// <param name="signer">Its signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The key is of another transcript than the party signed, or the agreement key is not the roster's.</exception>
    public SharingParty(KeyGenerationParty party, CollectivePublicKey key, ECDiffieHellman agreementKey, IShareLedger ledger, ITranscriptSigner signer, IEntropy entropy)
        : this(party.Name, key, agreementKey, ledger, signer, entropy, new ThresholdShare(key.Ceremony.Ring, key.Ceremony.Roster.Count))
    {
        if (party.Transcript?.Hash != key.Transcript) throw new RefusedException($"'{party.Name}' has not signed the transcript of this key");
        _party = party;
    }

    private SharingParty(string name, CollectivePublicKey key, ECDiffieHellman agreementKey, IShareLedger ledger, ITranscriptSigner signer, IEntropy entropy, ThresholdShare share)
    {
        (_name, _index) = (name, key.Ceremony.Roster.IndexOf(name));
        if (!key.Ceremony.Roster.Parties[_index].AgreementKey.AsSpan().SequenceEqual(agreementKey.PublicKey.ExportSubjectPublicKeyInfo()))
            throw new RefusedException($"the roster has another agreement key for '{name}'");
        (_agreementKey, _signer, _entropy, Key) = (agreementKey, signer, entropy, key);
        _share = share;
        _holder = new KeyHolder(key, _index, _share, ledger, signer, entropy);
        _layout = TrialOpening.Layout(key.Ceremony);
        Trials = ActiveSet.Cover(key.Ceremony.Roster, key.Ceremony.Threshold);
    }

    /// <summary>The key.</summary>
    public CollectivePublicKey Key { get; }

    /// <summary>The sets that open the trials: together they have every holder.</summary>
    public ImmutableArray<ActiveSet> Trials { get; }

    /// <summary>Deals to every other holder. From here on t holders have this one's secret together, and nobody but itself alone, who encrypts with it.</summary>
    /// <exception cref="RefusedException">It has dealt before.</exception>
    public ImmutableArray<ShareDeal> Deal()
    {
        if (_hasDealt) throw new RefusedException($"'{_name}' has dealt its secret already");
        _hasDealt = true;
        RnsRing ring = Key.Ceremony.Ring;
        ImmutableArray<ShareDeal>.Builder deals = ImmutableArray.CreateBuilder<ShareDeal>();
        using SharingPolynomial polynomial = new(_party!.Secret, Key.Ceremony.Threshold, _entropy);
        using SecretBuffer<ulong> value = new(ring.Words);
        using SecretBuffer<byte> packed = new(ResiduePacking.PackedBytes(ring));
        for (int to = 0; to < Key.Ceremony.Roster.Count; to++)
        {
            polynomial.Evaluate(to, value.Span);
            if (to == _index)
            {
                _share.Take(to, value.Span);
                continue;
            }
            ResiduePacking.Pack(ring, value.Span, packed.Span);
            deals.Add(ShareDeal.Create(Key, _index, to, packed.Span, _signer));
        }
        _share.KeepOwn(_party.Secret, _entropy);
        _party.Dispose();
        return deals.ToImmutable();
    }

    /// <summary>Takes the deals of all other holders.</summary>
    /// <exception cref="RefusedException">One is missing, double, for somebody else, wrongly signed, damaged, or of another key; whose it is stands in the exception. Nothing is taken then.</exception>
    public void Receive(IReadOnlyCollection<ShareDeal> deals)
    {
        if (!_hasDealt || _hasReceived) throw new RefusedException($"'{_name}' takes deals once, after its own");
        RnsRing ring = Key.Ceremony.Ring;
        using SecretBuffer<byte> packed = new(ResiduePacking.PackedBytes(ring));
        Dictionary<int, SecretBuffer<ulong>> values = [];
        try
        {
            foreach (ShareDeal deal in deals)
            {
                if (deal.To != _name) throw new RefusedException($"a deal from '{deal.From}' to '{deal.To}' reached '{_name}'");
                int from = Key.Ceremony.Roster.IndexOf(deal.From);
                if (from == _index || values.ContainsKey(from)) throw new RefusedException($"a second deal from '{deal.From}'");
                if (!deal.IsSigned(Key, _signer)) throw new RefusedException($"the deal from '{deal.From}' is not signed by it for this key") { Party = deal.From };
                values.Add(from, new SecretBuffer<ulong>(ring.Words));
                if (!deal.TryOpen(Key, _agreementKey, packed.Span) || !ResiduePacking.Unpack(ring, packed.Span, values[from].Span))
                    throw new RefusedException($"the deal from '{deal.From}' does not open to a polynomial of the ring") { Party = deal.From };
            }
            if (values.Count != Key.Ceremony.Roster.Count - 1) throw new RefusedException($"{values.Count} deals: those of all {Key.Ceremony.Roster.Count - 1} other holders are needed");
            foreach ((int dealer, SecretBuffer<ulong> value) in values) _share.Take(dealer, value.Span);
            _hasReceived = true;
        }
        finally
        {
            foreach (SecretBuffer<ulong> value in values.Values) value.Dispose();
        }
    }

    /// <summary>This party's share in a trial opening; it counts as an opening of the key.</summary>
    /// <param name="trial">Which of <see cref="Trials"/>; this party is in it.</param>
    /// <exception cref="RefusedException">The deals are not there yet, or the party is not in the set.</exception>
    public OpeningShare Trial(int trial)
    {
        if (!_hasReceived) throw new RefusedException($"'{_name}' has not received all deals");
        ActiveSet active = Trials[trial];
        if (!active.Members.Contains(_index)) throw new RefusedException($"'{_name}' is not in trial {trial}");
        byte[] ciphertext = TrialOpening.Make(Key, _layout, trial).Ciphertext;
        PackedFormat format = new(_layout, Key.Key.Id.AsSpan());
        ShareRequest request = TrialOpening.Request(Key, _layout, active, trial, format.Polynomial(ciphertext, 1));
        OpenedTerm all = new([.. Enumerable.Range(0, Key.Ceremony.Roster.Count)], c1 => format.Unpack(ciphertext, 1, c1));
        return _holder.Make(request, active, format, format.Read(ciphertext), [all], ShareKind.Decryption, receiver: null);
    }

    /// <summary>Reads a trial share that came over a network.</summary>
    /// <exception cref="SealFormatException">The bytes are no trial share.</exception>
    public OpeningShare ReadTrial(ReadOnlySpan<byte> bytes) => OpeningShare.Read(bytes, new PackedFormat(_layout, Key.Key.Id.AsSpan()).Bytes(PackedForm.Share));

    /// <summary>Checks all trial openings and hands the key part over.</summary>
    /// <param name="shares">The shares of every trial, in any order.</param>
    /// <exception cref="RefusedException">A trial lacks a share or opens to something else: a holder's part does not fit.</exception>
    public KeyHolder Complete(IReadOnlyCollection<OpeningShare> shares)
    {
        if (!_hasReceived || _isHandedOver) throw new RefusedException($"'{_name}' has not received all deals, or has completed the ceremony before");
        PackedFormat format = new(_layout, Key.Key.Id.AsSpan());
        for (int trial = 0; trial < Trials.Length; trial++)
        {
            byte[] ciphertext = TrialOpening.Make(Key, _layout, trial).Ciphertext;
            Hash256 request = ShareRequests.Hash(TrialOpening.Request(Key, _layout, Trials[trial], trial, format.Polynomial(ciphertext, 1)));
            TrialOpening.Require(Key, _layout, Trials[trial], trial, [.. shares.Where(s => s.Request == request)], _signer);
        }
        _isHandedOver = true;
        return _holder;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _party?.Dispose();
        if (!_isHandedOver) _holder.Dispose();
    }
}
