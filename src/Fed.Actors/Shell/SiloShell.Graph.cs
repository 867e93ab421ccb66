using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Shell;

/// <content>The job's sparse graph at a site: its nonce lies in the secret store until it is shown, and everybody's signatures are verified before the decider hears of them.</content>
internal sealed partial class SiloShell
{
    private SiloCommand CommitNonce()
    {
        using NonceSecret? known = NonceSecret.Read(Secrets, Plan!.Job);
        if (known is not null) return new SiloCommand.NonceCommitmentMade(known.Commitment);
        (byte[] nonce, byte[] commitment) = Aggregation.DrawNonce(GraphContext, silo);
        using NonceSecret made = new(nonce, commitment);
        made.Write(Secrets, Plan.Job);
        return new SiloCommand.NonceCommitmentMade(commitment);
    }

    private SiloCommand? ShowNonce(WorkItem.ShowNonce show, byte[] published)
    {
        using NonceSecret? known = NonceSecret.Read(Secrets, Plan!.Job);
        if (known is null) return Refused(GraphCeremony.Id, new CeremonyException("this site's nonce for the job's graph is not in its secret store"));
        try
        {
            ImmutableSortedDictionary<SiloId, StepAnswer> commitments = GraphLists.ReadCommitments(Services, Plan, PlanHash, published);
            bool isListed = commitments.TryGetValue(silo, out StepAnswer? own) && own.Payload.Span.SequenceEqual(known.Commitment);
            if (!isListed) throw new CeremonyException("it lacks this site's commitment, or has another");
            return new SiloCommand.NonceCommitmentsVerified(show.Commitments, [.. commitments.Keys], known.Nonce.ToArray());
        }
        catch (CeremonyException e)
        {
            return Refused(GraphCeremony.Id, e);
        }
    }

    private SiloCommand? Adopt(WorkItem.AdoptGraph adopt, byte[] published)
    {
        try
        {
            (Digest commitments, ImmutableSortedSet<SiloId> members, Digest seed) = GraphLists.ReadNonces(Services, Aggregation, Plan!, PlanHash, published);
            return new SiloCommand.GraphMade(adopt.Collection, adopt.Broadcast, commitments, members, adopt.Nonces, seed);
        }
        catch (CeremonyException e)
        {
            return Refused(GraphCeremony.Id, e);
        }
    }

    private GraphContext GraphContext => new(Plan!.Job, PlanHash, Plan.Silos);
}
