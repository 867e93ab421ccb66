using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>A collection of ciphertexts that lying servers lead on their own account, from its list of commitments on: of an attempt of its own, or as another view of the present one for some of the sites.</summary>
/// <param name="notes">What the servers have seen.</param>
/// <param name="kind">Which lie it belongs to.</param>
/// <param name="id">The attempt that it claims to be.</param>
/// <param name="based">What its sites are told to compute from.</param>
/// <param name="audience">Who is asked.</param>
/// <param name="without">Whom it leaves out, to subtract the others from the honest sum; or the ally in whose name the servers contribute.</param>
/// <param name="sealedBefore">Contributors of the attempt before, where it claims that an opener of theirs was lost; default where it invites.</param>
internal sealed class RogueCollection(
    StolenNotes notes, FaultKind kind, CollectionId id, Digest based, ImmutableSortedSet<SiloId> audience, SiloId without, (CollectionId Origin, ImmutableArray<UpdateManifest> Contributions) sealedBefore)
{
    private (Digest Hash, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Content)? _list;
    private byte[]? _made;   // an ally's upload that it has not encrypted
    private RogueSum? _sum;

    /// <summary>The lie.</summary>
    public FaultKind Kind => kind;

    /// <summary>The attempt.</summary>
    public CollectionId Collection => id;

    /// <summary>True for a site to which this is shown in place of the honest attempt, and which is not told that the round is over.</summary>
    public bool Holds(SiloId silo) => audience.Contains(silo);

    /// <summary>Asks what can be asked now.</summary>
    public void Advance(LyingServer server, EncryptionContext context, Action<SiloId, ProtocolMessage> send)
    {
        var job = notes.Plan.Job;
        SortedDictionary<SiloId, StepAnswer> commitments = notes.Answers(id, based, CeremonyStep.Commit);
        foreach (SiloId silo in audience.Where(silo => !commitments.ContainsKey(silo)))
        {
            send(silo, sealedBefore.Contributions.IsDefaultOrEmpty
                ? new ProtocolMessage.Invite(job, id, notes.PlanHash, based)
                : new ProtocolMessage.ReprotectInput(job, id, sealedBefore.Origin, sealedBefore.Contributions));
        }

        if (_list is null && IsTime(server, commitments.Count))
        {
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> content = commitments.Values.Where(answer => answer.Silo != without).ToImmutableSortedDictionary(static answer => answer.Silo, static answer => answer.Payload);
            if (kind == FaultKind.ForeignInput)
            {
                _made = server.Foreign(notes, context, without);
                content = content.SetItem(without, server.ToyOf(job).CommitAs(context, without, _made));
            }

            _list = (server.Publish(Actors.Shell.CeremonyFrames.Write(content)), content);
        }

        if (_list is not var (hash, members)) return;
        UpdateManifest[] offers = [.. notes.Offers(id).Values.Where(m => m.Ceremony == hash && (_made is null || m.Silo != without))];
        if (_made is { } upload && offers.Length > 0) offers = [.. offers, server.OfferAs(without, offers[0], upload)];
        ImmutableArray<Confirmation> signed = server.Signed(notes, id, based, hash);
        foreach (SiloId silo in audience.Where(silo => members.ContainsKey(silo) && offers.All(m => m.Silo != silo)))
        {
            send(silo, signed.Any(known => known.Silo == silo)
                ? new ProtocolMessage.UploadInput(job, id, based, hash, signed)
                : new ProtocolMessage.SignList(job, id, [.. members.Keys], hash));
        }

        if (_sum is null && IsTime(server, offers.Length)) _sum = server.SumOf(notes, kind, id, (hash, members), [.. offers.OrderBy(static m => m.Silo)]);
        _sum?.Advance(server, context, send);
    }

    /// <summary>A server waits for as many as sites want to see, and now and then does not.</summary>
    private bool IsTime(LyingServer server, int count)
    {
        int least = notes.Plan.Ckks!.Needed(notes.Plan.InvitedTo(id).Count, 1);
        return count >= 2 && server.Below(kind, count >= least ? 3 : 40) == 0;
    }
}
