using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Protocol.Silo;

/// <summary>What a silo is asked.</summary>
public abstract record SiloCommand : IPeerCommand<SiloCommand>
{
    private protected SiloCommand()
    {
    }

    /// <summary>Which peer asks, and under which leadership; null for what this process tells itself.</summary>
    public Origin? From { get; init; }

    /// <summary>The same command as a peer's.</summary>
    public SiloCommand SentBy(Origin from) => this with { From = from };

    /// <summary>A plan whose signature and parameters the site has checked; with a refusal where it does not agree.</summary>
    public sealed record ProposePlan(SiloId Self, JobPlan Plan, Digest Hash, string? Refusal) : SiloCommand;

    /// <summary>The coordinator invites to a sum.</summary>
    public sealed record Invite(CollectionId Collection, Digest Plan, Digest Broadcast) : SiloCommand;

    /// <summary>The contribution for a key is computed and durable in the outbox.</summary>
    public sealed record ContributionComputed(CollectionId Collection, Digest Broadcast, StoredContribution Contribution) : SiloCommand;

    /// <summary>The site cannot contribute; the reason stays here.</summary>
    public sealed record ContributionImpossible(CollectionId Collection, Digest Broadcast, string Reason) : SiloCommand;

    /// <summary>The aggregator's answer to an offer.</summary>
    public sealed record UpdateAnswered(CollectionId Collection, Digest Hash, string? Refusal) : SiloCommand;

    /// <summary>A round is over; the head is verified by the shell.</summary>
    public sealed record CloseRound(
        int Round, bool Committed, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>> Contributors, SignedHead? Head) : SiloCommand;
}
