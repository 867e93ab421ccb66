using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
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

    /// <summary>The keys for an attempt are in the secret store.</summary>
    public sealed record KeysMade(CollectionId Collection, ReadOnlyMemory<byte> Advert) : SiloCommand;

    /// <summary>The coordinator asks to share secrets among these members.</summary>
    public sealed record ShareKeys(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts) : SiloCommand;

    /// <summary>The members' keys are as they signed them, and the shares for them in the secret store.</summary>
    public sealed record SharesMade(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts, ReadOnlyMemory<byte> Dealt) : SiloCommand;

    /// <summary>The coordinator asks for the masked input.</summary>
    public sealed record MaskInput(CollectionId Collection, ImmutableSortedSet<SiloId> Maskers, Digest Shares) : SiloCommand;

    /// <summary>The masked contribution is durable in the outbox.</summary>
    public sealed record InputMade(CollectionId Collection, ImmutableSortedSet<SiloId> Maskers, Digest Shares, Digest Upload, long Length) : SiloCommand;

    /// <summary>The coordinator asks to confirm what is in the sealed sum; the shell has verified every header's signature with the roster's key.</summary>
    public sealed record ConfirmContributors(CollectionId Collection, ImmutableArray<UpdateManifest> Contributions) : SiloCommand;

    /// <summary>The coordinator asks for shares; the shell has verified every header, and names those whose confirmation of this very list is signed with the roster's key.</summary>
    public sealed record ReleaseShares(CollectionId Collection, ImmutableArray<UpdateManifest> Contributions, ImmutableSortedSet<SiloId> ConfirmedBy) : SiloCommand;

    /// <summary>The shares are ready to leave.</summary>
    public sealed record SharesReady(CollectionId Collection, ReadOnlyMemory<byte> Released) : SiloCommand;

    /// <summary>The site cannot go on in an attempt; the reason stays here.</summary>
    public sealed record StepImpossible(CollectionId Collection, string Reason) : SiloCommand;

    /// <summary>The aggregator's answer to an offer.</summary>
    public sealed record UpdateAnswered(CollectionId Collection, Digest Hash, string? Refusal) : SiloCommand;

    /// <summary>A round is over; the head is verified by the shell.</summary>
    public sealed record CloseRound(
        int Round, bool Committed, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>> Contributors, SignedHead? Head) : SiloCommand;
}
