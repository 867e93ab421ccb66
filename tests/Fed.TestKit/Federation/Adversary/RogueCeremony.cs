using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>
/// A ceremony that a lying server leads on its own account, beside the honest one: of an attempt of its own, or as another view of the present one for some of the sites. Step by step it asks with
/// whatever it has been given; what it has fixed once it keeps, as a server must that wants to open something.
/// </summary>
/// <param name="notes">What the server has seen.</param>
/// <param name="kind">Which lie it belongs to.</param>
/// <param name="id">The attempt that it claims to lead.</param>
/// <param name="based">What its sites are told to compute from.</param>
/// <param name="audience">Who is asked.</param>
/// <param name="without">Whom it leaves out, to subtract the others from the honest sum.</param>
/// <param name="from">From which list on: the members, those who mask, or the contributors.</param>
internal sealed class RogueCeremony(StolenNotes notes, FaultKind kind, CollectionId id, Digest based, ImmutableSortedSet<SiloId> audience, SiloId without, CeremonyStep from)
{
    private (ImmutableSortedSet<SiloId> Sites, Digest List)? _members;
    private ImmutableSortedDictionary<SiloId, Digest>? _shares;
    private ImmutableArray<UpdateManifest> _contributions;

    /// <summary>The lie.</summary>
    public FaultKind Kind => kind;

    /// <summary>The attempt.</summary>
    public CollectionId Collection => id;

    /// <summary>True for a site to which this ceremony is shown in place of the honest one, and which is not told that the round is over.</summary>
    public bool Holds(SiloId silo) => audience.Contains(silo);

    /// <summary>Asks what can be asked now.</summary>
    /// <param name="server">Signs for those who are in league with it, and keeps what it publishes.</param>
    /// <param name="send">Takes a message to a site, in the coordinator's name.</param>
    public void Advance(LyingServer server, Action<SiloId, ProtocolMessage> send)
    {
        JobId job = notes.Plan.Job;
        SortedDictionary<SiloId, StepAnswer> adverts = notes.Answers(id, based, CeremonyStep.AdvertiseKeys), dealt = notes.Answers(id, based, CeremonyStep.ShareKeys);
        foreach (SiloId silo in audience.Where(silo => !adverts.ContainsKey(silo))) send(silo, new ProtocolMessage.Invite(job, id, notes.PlanHash, based));
        if (_members is null && IsTime(server, adverts.Count)) _members = Publish(server, adverts.Values);
        if (_members is not var (members, list)) return;
        foreach (SiloId silo in audience.Where(silo => members.Contains(silo) && !dealt.ContainsKey(silo))) send(silo, new ProtocolMessage.ShareKeys(job, id, members, list));
        if (_shares is null && IsTime(server, dealt.Keys.Count(members.Contains))) _shares = Publish(server, members, dealt);
        if (_shares is not { } shares) return;
        ImmutableSortedSet<SiloId> maskers = [.. shares.Keys];
        Digest ceremony = CeremonyId.Of(notes.Plan, notes.PlanHash, id, based, list, maskers);
        UpdateManifest[] offers = [.. notes.Offers(id).Values.Where(m => m.Ceremony == ceremony && m.Silo != without)];
        foreach (SiloId silo in audience.Where(silo => shares.ContainsKey(silo) && offers.All(m => m.Silo != silo))) send(silo, new ProtocolMessage.MaskInput(job, id, maskers, shares[silo]));
        if (_contributions.IsDefault && IsTime(server, offers.Length)) _contributions = [.. server.WithAllies(notes.Plan, offers, maskers).OrderBy(static m => m.Silo)];
        if (_contributions.IsDefault) return;
        server.Open(notes, id, _contributions, send);
    }

    /// <summary>A server waits for as many as sites want to see, and now and then does not.</summary>
    private bool IsTime(LyingServer server, int count)
    {
        SecAggPlan plan = notes.Plan.SecAgg!;
        int least = Math.Max(plan.MinimumContributors, plan.ThresholdOf(notes.Plan.InvitedTo(id).Count));
        return count >= 2 && server.Below(kind, count >= least ? 3 : 40) == 0;
    }

    private (ImmutableSortedSet<SiloId> Sites, Digest List) Publish(LyingServer server, IEnumerable<StepAnswer> adverts)
    {
        StepAnswer[] shown = [.. adverts.Where(answer => from != CeremonyStep.AdvertiseKeys || answer.Silo != without)];
        return ([.. shown.Select(static answer => answer.Silo)], server.Publish(AdvertList.Write(shown)));
    }

    private ImmutableSortedDictionary<SiloId, Digest> Publish(LyingServer server, ImmutableSortedSet<SiloId> members, SortedDictionary<SiloId, StepAnswer> dealt)
    {
        SiloId[] maskers = [.. dealt.Keys.Where(silo => members.Contains(silo) && (from != CeremonyStep.ShareKeys || silo != without))];
        return maskers.ToImmutableSortedDictionary(static silo => silo, silo => server.Publish(LyingServer.SharesFor(silo, maskers, dealt)));
    }
}
