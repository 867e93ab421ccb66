using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg;
using static Fed.Host.Protection.CryptoEdge;

namespace Fed.Host.Protection;

/// <summary>
/// Wires the ceremony of Fed.Actors to the local steps of Fed.Crypto. Terms are made anew for each attempt from what the plan invites, so that no list of a server enters them; what the two sides call
/// secrets is one byte string here: the attempt's keys, the adverts that were answered, the shares that were taken.
/// </summary>
internal sealed class SecAggSteps(ISigner signer, Func<NodeAddress, ReadOnlyMemory<byte>?> publicKeys) : ISecureAggregation
{
    private const int PieceBytes = 1 << 20;

    private readonly TranscriptSigner _transcript = new(signer);

    /// <inheritdoc/>
    public (byte[] Secrets, byte[] Advert) AdvertiseKeys(CeremonyContext context, SiloId self)
    {
        SecAggAttempt attempt = AttemptOf(context);
        using SiloSecrets made = SiloSecrets.Advertise(attempt, self.Value, _transcript, SystemEntropy.Instance);
        return (StepSecrets.Join(made.Save(), [], []), made.Advert.Encode(attempt));
    }

    /// <inheritdoc/>
    public bool IsAdvert(CeremonyContext context, SiloId silo, ReadOnlySpan<byte> advert)
    {
        byte[] bytes = advert.ToArray();
        try
        {
            SecAggAttempt attempt = AttemptOf(context);
            Verified(attempt, [KeyValuePair.Create(silo, new ReadOnlyMemory<byte>(bytes))]);
            return true;
        }
        catch (CeremonyException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts) => Explained(() =>
        {
            SecAggAttempt attempt = AttemptOf(context);
            using SiloSecrets keys = SiloSecrets.Load(attempt, StepSecrets.Split(secrets).Keys);
            ShareBundle bundle = keys.ShareKeys(Verified(attempt, adverts));
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares = bundle.Shares.Where(share => share.Holder != bundle.Dealer).ToImmutableSortedDictionary(
                share => new SiloId(attempt.Terms.Roster.NameOf(share.Holder)), share => new ReadOnlyMemory<byte>(share.Encode(attempt)));
            return (StepSecrets.Join(keys.Save(), StepSecrets.Join([.. adverts.Values.Select(static advert => advert.ToArray())]), []), shares);
        });

    /// <inheritdoc/>
    public byte[] ReceiveShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) => Explained(() =>
    {
        SecAggAttempt attempt = AttemptOf(context);
        StepSecrets known = StepSecrets.Split(secrets);
        using SiloSecrets keys = SiloSecrets.Load(attempt, known.Keys);
        ImmutableArray<SealedShare> received =
        [
            .. shares.Select(pair => SealedShare.Decode(attempt, pair.Value.Span) is var share && share.Dealer == attempt.Terms.Roster.PlaceOf(pair.Key.Value)
                ? share
                : throw new CeremonyException($"a share of '{pair.Key}' that another site has dealt")),
        ];
        SiteSet unreadable = keys.Unreadable(AdvertsOf(attempt, known), received);
        if (unreadable.Count > 0) throw new CeremonyException($"the share of '{attempt.Terms.Roster.NamesOf(unreadable)[0]}' is not for this site in this ceremony");
        return StepSecrets.Join(keys.Save(), known.Adverts, StepSecrets.Join([.. shares.Values.Select(static share => share.ToArray())]));
    });

    /// <inheritdoc/>
    public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output)
    {
        SecAggAttempt attempt = AttemptOf(context);
        StepSecrets known = StepSecrets.Split(secrets);
        using SiloSecrets keys = SiloSecrets.Load(attempt, known.Keys);
        Digest hash = Digest.Of(vector);
        vector.Position = 0;
        using MaskStream masks = keys.Mask(AdvertsOf(attempt, known), SharersOf(attempt, known, keys.Site), HashOf(hash));
        Apply(masks, context, vector, output.Write);
    }

    /// <inheritdoc/>
    /// <remarks>The protocol's signatures say more than those of the local steps: the list with every upload's hash. They stand for them here.</remarks>
    public byte[] ReleaseShares(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> contributors, ImmutableSortedSet<SiloId> confirmedBy) => Explained(() =>
        {
            SecAggAttempt attempt = AttemptOf(context);
            StepSecrets known = StepSecrets.Split(secrets);
            using SiloSecrets keys = SiloSecrets.Load(attempt, known.Keys);
            AdvertList adverts = AdvertsOf(attempt, known);
            SiteSet sharers = SharersOf(attempt, known, keys.Site), set = attempt.Terms.Roster.Set(contributors.Select(static silo => silo.Value));
            keys.Mask(adverts, sharers, HashOf(default)).Dispose();   // who masks is fixed by the silo's journal
            keys.SignContributors(set, _transcript);
            Hash256 list = ContributorSignature.ListId(attempt, sharers, set);
            ImmutableArray<ContributorSignature> signatures = [.. confirmedBy.Select(silo => new ContributorSignature(attempt.Terms.Roster.PlaceOf(silo.Value), list, [1]))];
            ImmutableArray<SealedShare> shares = [.. StepSecrets.Parts(known.Shares).Select(share => SealedShare.Decode(attempt, share))];
            return keys.Unmask(adverts, shares, set, signatures, new Vouched(attempt, confirmedBy)).Encode(attempt);
        });

    /// <inheritdoc/>
    public void Unmask(UnmaskRequest request, Stream maskedSum, Stream output)
    {
        SecAggAttempt attempt = AttemptOf(request.Context);
        using MaskStream masks = Explained(() =>
        {
            SecAggRoster roster = attempt.Terms.Roster;
            using SumUnmasker unmasker = new(Verified(attempt, request.Adverts), roster.Set(request.Maskers.Select(static silo => silo.Value)), roster.Set(request.Contributors.Select(static silo => silo.Value)));
            foreach ((SiloId silo, ReadOnlyMemory<byte> released) in request.Released)
            {
                UnmaskShares shares = UnmaskShares.Decode(attempt, released.Span);
                if (shares.Holder != roster.PlaceOf(silo.Value)) throw new CeremonyException($"'{silo}' released the shares of another site");
                unmasker.Add(shares);
            }

            return unmasker.Complete();
        });
        Apply(masks, request.Context, maskedSum, output.Write);
    }

    private static void Apply(MaskStream masks, CeremonyContext context, Stream input, WritePiece write)
    {
        byte[] piece = new byte[PieceBytes];
        int wordBytes = (int)context.Ring / 8;
        long done = 0;
        for (int read; (read = input.ReadAtLeast(piece, PieceBytes, throwOnEndOfStream: false)) > 0; done += read / wordBytes)
        {
            masks.Apply(done, piece.AsSpan(0, read));
            write(piece.AsSpan(0, read));
        }

        CryptographicOperations.ZeroMemory(piece);
    }

    private SecAggAttempt AttemptOf(CeremonyContext context)
    {
        SecAggRoster roster = SecAggRoster.Create(context.Invited.Select(silo =>
            new SecAggSite(silo.Value, [.. (publicKeys(NodeAddress.Silo(silo.Value)) ?? throw new CeremonyException($"the key of '{silo}' is not known")).Span])));
        int sites = roster.Count, threshold = context.Threshold, least = Math.Max(threshold, context.Parameters.MinimumContributors);
        int colluding = Math.Max(context.Parameters.Colluding, (2 * (threshold - 1)) - sites);   // a plan's higher threshold is that of as many more who collude
        SecAggParameters parameters = SecAggParameters.Create(new SecAggDemand(sites, colluding, sites - least, context.Ring) { ContributorsMin = context.Parameters.MinimumContributors });
        if (parameters.Threshold != threshold) throw new InvalidOperationException($"the local steps want {parameters.Threshold} shares, the plan {threshold}");
        CollectionId id = context.Collection;
        return new SecAggAttempt(
            SecAggTerms.Create(parameters, roster), new SecAggContext(context.Job.Value, id.Round, id.Sum, id.Attempt, HashOf(context.Plan), HashOf(context.Base), HashOf(context.Roster)));
    }

    /// <summary>Adverts that are their sites', signed by them.</summary>
    private AdvertList Verified(SecAggAttempt attempt, IEnumerable<KeyValuePair<SiloId, ReadOnlyMemory<byte>>> adverts) => Explained(() => AdvertList.Verify(
        attempt,
        adverts.Select(pair => SignedAdvert.Decode(attempt, pair.Value.Span) is var advert && advert.Site == attempt.Terms.Roster.PlaceOf(pair.Key.Value)
            ? advert
            : throw new CeremonyException($"the keys of '{pair.Key}' are another site's")),
        _transcript));

    private AdvertList AdvertsOf(SecAggAttempt attempt, StepSecrets known) =>
        AdvertList.Verify(attempt, StepSecrets.Parts(known.Adverts).Select(advert => SignedAdvert.Decode(attempt, advert)), _transcript);

    private static SiteSet SharersOf(SecAggAttempt attempt, StepSecrets known, int self) =>
        SiteSet.Of(attempt.Terms.Roster.Count, StepSecrets.Parts(known.Shares).Select(share => SealedShare.Decode(attempt, share).Dealer).Append(self));

    private delegate void WritePiece(ReadOnlySpan<byte> piece);

    /// <summary>Confirmations that the protocol has verified already, over more than the local steps know.</summary>
    private sealed class Vouched(SecAggAttempt attempt, ImmutableSortedSet<SiloId> confirmedBy) : ITranscriptSigner
    {
        public ReadOnlyMemory<byte> PublicKey => default;

        public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => throw new NotSupportedException("what is vouched for is not signed again");

        public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
        {
            foreach (SiloId silo in confirmedBy)
                if (attempt.Terms.Roster.Sites[attempt.Terms.Roster.PlaceOf(silo.Value)].SigningKey.AsSpan().SequenceEqual(publicKey)) return true;
            return false;
        }
    }
}
