using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Protocol.Ceremony;

/// <summary>Names by content, so that whoever was shown something else names something else.</summary>
public static class CeremonyId
{
    /// <summary>The name of a ceremony whose members are known: each masked upload carries it. Sites that were shown other keys, other members, another plan or another base have another one.</summary>
    /// <param name="plan">The plan, and its hash.</param>
    /// <param name="planHash">Hash of the plan.</param>
    /// <param name="id">The attempt.</param>
    /// <param name="based">Hash of what sites computed from.</param>
    /// <param name="adverts">Hash of the list of adverts.</param>
    /// <param name="maskers">Who masks.</param>
    public static Digest Of(JobPlan plan, Digest planHash, CollectionId id, Digest based, Digest adverts, ImmutableSortedSet<SiloId> maskers) => Digest.Of(Encoding.UTF8.GetBytes(
        $"fedactors/ceremony/1\n{plan.Job}\n{id.Round}\n{id.Attempt}\n{id.Sum}\n{planHash}\n{based}\n{plan.RosterHash()}\n{adverts}\n{string.Join('\n', maskers)}"));

    /// <summary>The hash of a list of contributions, over all that their sites signed: what is confirmed, and then opened.</summary>
    public static Digest OfList(CollectionId id, ImmutableArray<UpdateManifest> contributions) => Digest.Of(Encoding.UTF8.GetBytes(
        $"fedactors/contributors/1\n{id.Round}\n{id.Attempt}\n{id.Sum}\n{string.Concat(contributions.Select(static m => Digest.Of(m.SignedContent()) + "\n"))}"));
}
