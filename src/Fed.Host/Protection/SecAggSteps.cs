using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto;
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
    private Latest? _latest;

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
    public ImmutableSortedSet<SiloId> HoldersOf(CeremonyContext context, SiloId silo)
    {
        SecAggTerms terms = AttemptOf(context).Terms;
        return [.. terms.Roster.NamesOf(terms.Graph.HoldersOf(terms.Roster.PlaceOf(silo.Value))).Select(static name => new SiloId(name))];
    }

    /// <inheritdoc/>
    public (byte[] Nonce, byte[] Commitment) DrawNonce(GraphContext context, SiloId self)
    {
        SecAggRoster roster = RosterOf(context.Silos);
        GraphNonce nonce = GraphNonce.Draw(roster, self.Value, SystemEntropy.Instance);
        return (nonce.Encode(), nonce.Commit(NameOf(context), roster, _transcript).Encode());
    }

    /// <inheritdoc/>
    public Digest GraphSeed(GraphContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) => Explained(() =>
    {
        SecAggRoster roster = RosterOf(context.Silos);
        GraphCommitment[] committed = [.. commitments.Select(pair => Own(pair.Key, GraphCommitment.Decode(roster, pair.Value.Span), static c => c.Site))];
        GraphNonce[] shown = [.. nonces.Select(pair => Own(pair.Key, GraphNonce.Decode(roster, pair.Value.Span), static n => n.Site))];
        return DigestOf(Fed.Crypto.SecAgg.GraphSeed.Of(NameOf(context), roster, committed, shown, _transcript));

        T Own<T>(SiloId silo, T part, Func<T, int> site) => site(part) == roster.PlaceOf(silo.Value) ? part : throw new CeremonyException($"what '{silo}' says for the job's graph is another site's");
    });

    /// <inheritdoc/>
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context,
        SiloId self,
        ReadOnlyMemory<byte> secrets,
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts,
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes) => Explained(() =>
        {
            SecAggAttempt attempt = AttemptOf(context);
            SecAggRoster roster = attempt.Terms.Roster;
            using SiloSecrets keys = SiloSecrets.Load(attempt, StepSecrets.Split(secrets).Keys);
            ShareBundle bundle = keys.ShareKeys(Verified(attempt, adverts), holder => notes.TryGetValue(new SiloId(roster.NameOf(holder)), out ReadOnlyMemory<byte> note) ? [.. note.Span] : []);
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares =
                bundle.Shares.ToImmutableSortedDictionary(share => new SiloId(roster.NameOf(share.Holder)), share => new ReadOnlyMemory<byte>(share.Encode(attempt)));
            return (StepSecrets.Join(keys.Save(), StepSecrets.Join([.. adverts.Values.Select(static advert => advert.ToArray())]), []), shares);
        });

    /// <inheritdoc/>
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Notes) ReceiveShares(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) => Explained(() =>
    {
        SecAggAttempt attempt = AttemptOf(context);
        StepSecrets known = StepSecrets.Split(secrets);
        using SiloSecrets keys = SiloSecrets.Load(attempt, known.Keys);
        ImmutableArray<SealedShare> received =
        [
            .. shares.Remove(self).Select(pair => SealedShare.Decode(attempt, pair.Value.Span) is var share && share.Dealer == attempt.Terms.Roster.PlaceOf(pair.Key.Value)
                ? share
                : throw new CeremonyException($"a share of '{pair.Key}' that another site has dealt")),
        ];
        SiteSet unreadable = keys.Unreadable(AdvertsOf(attempt, known), received);
        if (unreadable.Count > 0) throw new CeremonyException($"the share of '{attempt.Terms.Roster.NamesOf(unreadable)[0]}' is not for this site in this ceremony");
        return (
            StepSecrets.Join(keys.Save(), known.Adverts, StepSecrets.Join([.. shares.Remove(self).Values.Select(static share => share.ToArray())])),
            received.Where(static share => !share.Note.IsEmpty).ToImmutableSortedDictionary(share => new SiloId(attempt.Terms.Roster.NameOf(share.Dealer)), static share => new ReadOnlyMemory<byte>([.. share.Note])));
    });

    /// <inheritdoc/>
    public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> maskers, Stream vector, IBlobWriter output)
    {
        SecAggAttempt attempt = AttemptOf(context);
        StepSecrets known = StepSecrets.Split(secrets);
        using SiloSecrets keys = SiloSecrets.Load(attempt, known.Keys);
        Digest hash = Digest.Of(vector);
        vector.Position = 0;
        using MaskStream masks = keys.Mask(AdvertsOf(attempt, known), SetOf(attempt, maskers), HashOf(hash));
        Apply(masks, context, vector, output.Write);
    }

    /// <inheritdoc/>
    /// <remarks>The protocol's signatures say more than those of the local steps: the list with every upload's hash. They stand for them here.</remarks>
    public byte[] ReleaseShares(
        CeremonyContext context,
        SiloId self,
        ReadOnlyMemory<byte> secrets,
        ImmutableSortedSet<SiloId> maskers,
        ImmutableSortedSet<SiloId> contributors,
        ImmutableSortedSet<SiloId> confirmedBy) => Explained(() =>
        {
            SecAggAttempt attempt = AttemptOf(context);
            StepSecrets known = StepSecrets.Split(secrets);
            using SiloSecrets keys = SiloSecrets.Load(attempt, known.Keys);
            AdvertList adverts = AdvertsOf(attempt, known);
            SiteSet sharers = SetOf(attempt, maskers), set = SetOf(attempt, contributors);
            keys.Mask(adverts, sharers, HashOf(default)).Dispose();   // who masks is fixed by the silo's journal
            keys.SignContributors(set, _transcript);
            Hash256 list = ContributorSignature.ListId(attempt, sharers, set);
            ImmutableArray<ContributorSignature> signatures = [.. confirmedBy.Select(silo => new ContributorSignature(attempt.Terms.Roster.PlaceOf(silo.Value), list, [1]))];
            ImmutableArray<SealedShare> shares = [.. StepSecrets.Parts(known.Shares).Select(share => SealedShare.Decode(attempt, share))];
            return keys.Unmask(adverts, shares, set, signatures, new Vouched(attempt, confirmedBy)).Encode(attempt);
        });

    /// <inheritdoc/>
    /// <remarks>Shares are compared with the hashes that their dealers gave beside them.</remarks>
    public UnmaskOutcome Unmask(UnmaskRequest request, Stream maskedSum, Stream output)
    {
        SecAggAttempt attempt = AttemptOf(request.Context);
        (MaskStream? masks, ImmutableSortedSet<SiloId> liars) = Explained(() =>
        {
            SecAggRoster roster = attempt.Terms.Roster;
            using SumUnmasker unmasker = new(Verified(attempt, request.Adverts), BundlesOf(attempt, request), SetOf(attempt, request.Contributors));
            ImmutableSortedSet<SiloId> lied = [.. request.Released.Where(pair => !IsTaken(attempt, unmasker, pair.Key, pair.Value.Span)).Select(static pair => pair.Key)];
            return (unmasker.IsComplete ? unmasker.Complete() : null, lied);
        });
        if (masks is null) return new UnmaskOutcome(IsOpened: false, liars);
        using (masks) Apply(masks, request.Context, maskedSum, output.Write);
        return new UnmaskOutcome(IsOpened: true, liars);
    }

    private static bool IsTaken(SecAggAttempt attempt, SumUnmasker unmasker, SiloId silo, ReadOnlySpan<byte> released)
    {
        try
        {
            UnmaskShares shares = UnmaskShares.Decode(attempt, released);
            return shares.Holder == attempt.Terms.Roster.PlaceOf(silo.Value) && unmasker.Add(shares);
        }
        catch (Exception e) when (e is RefusedException or SecAggFormatException)
        {
            return false;   // signed by it, and nothing that it was dealt
        }
    }

    /// <summary>What each site dealt to those that released, as these were sent it: enough to check their shares by.</summary>
    private static ImmutableArray<ShareBundle> BundlesOf(SecAggAttempt attempt, UnmaskRequest request)
    {
        SecAggRoster roster = attempt.Terms.Roster;
        ILookup<int, SealedShare> dealt = request.Dealt
            .SelectMany(holder => holder.Value.Select(pair => SealedShare.Decode(attempt, pair.Value.Span) is var share && share.Dealer == roster.PlaceOf(pair.Key.Value) && share.Holder == roster.PlaceOf(holder.Key.Value)
                ? share
                : throw new CeremonyException($"what '{pair.Key}' dealt to '{holder.Key}' is another site's")))
            .ToLookup(static share => share.Dealer);
        return [.. SetOf(attempt, request.Maskers).Select(dealer => new ShareBundle(dealer, [.. dealt[dealer].OrderBy(static share => share.Holder)]))];
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

    /// <summary>The attempt of a context; kept, since each step of it asks, and a coordinator does so for each site.</summary>
    private SecAggAttempt AttemptOf(CeremonyContext context)
    {
        Latest? kept = _latest;   // one reference: steps of several jobs may run at once
        if (kept is not null && (kept.Context with { Invited = context.Invited }) == context && kept.Context.Invited.SetEquals(context.Invited)) return kept.Attempt;
        SecAggRoster roster = RosterOf(context.Invited);
        SecAggParameters parameters = ParametersOf(context);
        SecAggTerms terms = parameters.IsComplete
            ? SecAggTerms.Create(parameters, roster)
            : SecAggTerms.Create(parameters, roster, NeighbourGraph.FromSeed(!context.Graph.IsZero ? HashOf(context.Graph) : throw new CeremonyException("the job's graph is not drawn yet"), roster, parameters.Degree));
        CollectionId id = context.Collection;
        SecAggAttempt attempt = new(terms, new SecAggContext(context.Job.Value, id.Round, id.Sum, id.Attempt, HashOf(context.Plan), HashOf(context.Base), HashOf(context.Roster)));
        _latest = new Latest(context, attempt);
        return attempt;
    }

    private static SecAggParameters ParametersOf(CeremonyContext context)
    {
        int sites = context.Invited.Count, threshold = context.Threshold;
        int colluding = Math.Max(context.Parameters.Colluding, (2 * (threshold - 1)) - sites);   // a plan's higher threshold is that of as many more who collude
        SecAggParameters parameters = SecAggParameters.Create(new SecAggDemand(sites, colluding, sites - context.Needed, context.Ring) { ContributorsMin = context.Parameters.MinimumContributors });
        return parameters.Signatures == threshold ? parameters : throw new InvalidOperationException($"the local steps want {parameters.Signatures} signatures, the plan {threshold}");
    }

    private SecAggRoster RosterOf(IEnumerable<SiloId> silos) => SecAggRoster.Create(silos.Select(silo =>
        new SecAggSite(silo.Value, [.. (publicKeys(NodeAddress.Silo(silo.Value)) ?? throw new CeremonyException($"the key of '{silo}' is not known")).Span])));

    private static string NameOf(GraphContext context) => $"{context.Job} {context.Plan}";

    /// <summary>Adverts that are their sites', signed by them.</summary>
    private AdvertList Verified(SecAggAttempt attempt, IEnumerable<KeyValuePair<SiloId, ReadOnlyMemory<byte>>> adverts) => Explained(() => AdvertList.Verify(
        attempt,
        adverts.Select(pair => SignedAdvert.Decode(attempt, pair.Value.Span) is var advert && advert.Site == attempt.Terms.Roster.PlaceOf(pair.Key.Value)
            ? advert
            : throw new CeremonyException($"the keys of '{pair.Key}' are another site's")),
        _transcript));

    private AdvertList AdvertsOf(SecAggAttempt attempt, StepSecrets known) =>
        AdvertList.Verify(attempt, StepSecrets.Parts(known.Adverts).Select(advert => SignedAdvert.Decode(attempt, advert)), _transcript);

    private static SiteSet SetOf(SecAggAttempt attempt, ImmutableSortedSet<SiloId> silos) => attempt.Terms.Roster.Set(silos.Select(static silo => silo.Value));

    private sealed record Latest(CeremonyContext Context, SecAggAttempt Attempt);

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
