using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Ceremony;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Protocol.Silo.SiloEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Silo;

/// <content>
/// Drawing the job's sparse graph: a site commits to one nonce, shows it for one list of commitments, which it has seen closed and journaled before, and takes the graph from that list and no other.
/// See <see cref="GraphCeremony"/>.
/// </content>
public sealed partial class SiloDecider
{
    private static Decided DrawGraph(SiloState state, SiloCommand command) => command switch
    {
        _ when !state.Plan!.DrawsGraph => Decided.None,
        CommitNonce commit when commit.Plan != state.PlanHash => Only(new Effect.Refused("a nonce is asked for under a plan that this site has not approved")),
        CommitNonce when state.SettledRound >= 0 => Decided.None,   // late: the first round is over, and the nonce erased with it
        CommitNonce => Only(new Effect.Work(new WorkItem.CommitNonce())),
        NonceCommitmentMade made => Commit(state, made),
        ShowNonce show => state.NonceCommitment is null
            ? Decided.None   // asked before it has committed: not on the list
            : SecondCommitments(state, show.Commitments) is { } refused ? Only(refused) : Only(new Effect.Work(new WorkItem.ShowNonce(show.Commitments))),
        NonceCommitmentsVerified verified => Show(state, verified),
        GraphMade made => Adopt(state, made),
        _ => throw new UnreachableException(command.GetType().Name),
    };

    private static Decided Commit(SiloState state, NonceCommitmentMade made)
    {
        Digest commitment = Digest.Of(made.Commitment.Span);
        Effect answer = Answer(state, GraphCeremony.Id, default, CeremonyStep.CommitNonce, made.Commitment);
        if (state.NonceCommitment is null) return new([new NonceCommitted(commitment)], [answer]);
        return Only(state.NonceCommitment == commitment ? answer : new Effect.Refused("the nonce in the secret store is not the one that this site committed to; it stays out of the drawing"));
    }

    private static Decided Show(SiloState state, NonceCommitmentsVerified verified)
    {
        if (state.NonceCommitment is null) return Decided.None;
        if (SecondCommitments(state, verified.Commitments) is { } refused) return Only(refused);
        if (Refusal(state, verified.Members) is { } reason) return Only(new Effect.Refused(reason));
        if (!verified.Members.Contains(state.Silo)) return Only(new Effect.Refused("a list of commitments without this site's"));
        Effect answer = Answer(state, GraphCeremony.Id, verified.Commitments, CeremonyStep.ShowNonce, verified.Nonce);
        return state.Commitments is null ? new([new NonceShown(verified.Commitments)], [answer]) : Only(answer);
    }

    private static Decided Adopt(SiloState state, GraphMade made)
    {
        if (SecondCommitments(state, made.Commitments) is { } refused) return Only(refused);
        if (Refusal(state, made.Members) is { } reason) return Only(new Effect.Refused(reason));
        Invite invite = new(made.Collection, state.PlanHash, made.Broadcast) { Graph = made.Nonces };
        if (state.Graph is not null) return Answer(state, invite);
        GraphAdopted adopted = new(made.Commitments, made.Seed);
        Decided next = Answer(Evolve(state, adopted), invite);
        return new([adopted, .. next.Events], next.Effects);
    }

    private static string? Refusal(SiloState state, ImmutableSortedSet<SiloId> members)
    {
        int needed = GraphCeremony.Needed(state.Plan!);
        return members.Count < needed ? $"{members.Count} commitments to nonces for the job's graph, and the plan needs {needed}" : null;
    }

    private static Effect.Refused? SecondCommitments(SiloState state, Digest commitments) =>
        state.Commitments is { } before && before != commitments ? new Effect.Refused("a second list of commitments for the job's graph") : null;
}
