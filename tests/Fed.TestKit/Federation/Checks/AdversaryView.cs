using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit.Federation.Ceremony;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What servers and the sites in league with them could open if they kept everything that ever left an honest site, over all attempts: shares, masked vectors, lists of keys. Worked out by the
/// rules of the scheme. A secret is known from t shares of it; a mask between two sites with the mask key of either; a set of vectors opens when each of its self-masks is known and every other mask
/// in it is known or meets its opposite in the set. One such set may exist for a (round, base, sum), and it hides its members among enough others.
/// </summary>
/// <remarks>A vector counts as seen from when the site has journaled it, a share from when it is sent, whether they arrive or not.</remarks>
internal sealed class AdversaryView(JobPlan plan, ImmutableSortedSet<SiloId> allies, Func<Digest, ImmutableSortedSet<SiloId>> substituted, CheckContext checks)
{
    private readonly Dictionary<CollectionId, Attempt> _attempts = [];
    private readonly Dictionary<(int Round, Digest Base, string Sum), ImmutableSortedSet<SiloId>> _opened = [];

    /// <summary>A site journals what it says next.</summary>
    public void Note(SiloId silo, SiloEvent happened)
    {
        switch (happened)
        {
            case SiloEvent.KeysAdvertised e:
                Of(e.Collection).Bases[silo] = e.Broadcast;
                break;
            case SiloEvent.SharesDealt e:
                Of(e.Collection).Dealt[silo] = (e.Members, substituted(e.Adverts));
                break;
            case SiloEvent.InputMasked e:
                Of(e.Collection).Masked[silo] = e.Maskers;
                TryToOpen(e.Collection);
                break;
        }
    }

    /// <summary>Shares leave a site.</summary>
    public void Released(SiloId holder, CollectionId id, ImmutableSortedDictionary<SiloId, ReleasedKind> kinds)
    {
        Attempt attempt = Of(id);
        foreach ((SiloId peer, ReleasedKind kind) in kinds) attempt.Shares.Add((peer, kind, holder));
        TryToOpen(id);
    }

    private void TryToOpen(CollectionId id)
    {
        Attempt attempt = Of(id);
        HashSet<SiloId> bare = [.. attempt.Masked.Keys.Where(silo => !allies.Contains(silo) && SharesOf(attempt, silo, ReleasedKind.SelfMask) >= attempt.Threshold)];
        if (bare.Count == 0) return;
        HashSet<SiloId> keys = [.. attempt.Dealt.Keys.Where(silo => SharesOf(attempt, silo, ReleasedKind.MaskKey) >= attempt.Threshold)];
        HashSet<SiloId> seen = [];
        foreach (SiloId start in attempt.Masked.Keys.Where(bare.Contains))
        {
            if (seen.Contains(start)) continue;
            bool isOpen = Reach(attempt, start, bare, keys) is var (set, isWhole) && isWhole;
            seen.UnionWith(set);
            if (isOpen) Note(id, attempt.Bases[start], [.. set], attempt.Threshold);
        }
    }

    /// <summary>The smallest set with this site in which masks meet their opposites; whole where no other mask is left.</summary>
    private (HashSet<SiloId> Set, bool IsWhole) Reach(Attempt attempt, SiloId start, HashSet<SiloId> bare, HashSet<SiloId> keys)
    {
        HashSet<SiloId> set = [start];
        Queue<SiloId> open = new([start]);
        bool isWhole = true;
        while (open.TryDequeue(out SiloId silo))
        {
            foreach (SiloId other in attempt.Masked[silo])
            {
                if (other == silo || IsKnown(attempt, silo, other, keys)) continue;
                bool meets = bare.Contains(other) && attempt.Masked[other].Contains(silo) && attempt.Bases[other] == attempt.Bases[silo] && !attempt.Dealt[other].Forged.Contains(silo);
                if (!meets) isWhole = false;
                else if (set.Add(other)) open.Enqueue(other);
            }
        }

        return (set, isWhole);
    }

    /// <summary>True where the mask that one site put on its vector for another is known.</summary>
    private bool IsKnown(Attempt attempt, SiloId silo, SiloId other, HashSet<SiloId> keys) =>
        allies.Contains(other) || keys.Contains(silo) || keys.Contains(other) || attempt.Dealt[silo].Forged.Contains(other);

    /// <summary>How many holders' shares of a secret the adversary has: those that were released, those of its allies, and those that were sealed with its own keys.</summary>
    private int SharesOf(Attempt attempt, SiloId silo, ReleasedKind kind)
    {
        if (!attempt.Dealt.TryGetValue(silo, out (ImmutableSortedSet<SiloId> Members, ImmutableSortedSet<SiloId> Forged) dealt)) return 0;
        return allies.Contains(silo) ? int.MaxValue : dealt.Members.Count(holder => allies.Contains(holder) || dealt.Forged.Contains(holder) || attempt.Shares.Contains((silo, kind, holder)));
    }

    private void Note(CollectionId id, Digest based, ImmutableSortedSet<SiloId> set, int threshold)
    {
        int least = Math.Max(plan.SecAgg!.MinimumContributors, threshold) - allies.Count;
        checks.Require(FederationCheck.OneOpening, set.Count >= least, $"whoever kept all that left the sites can open {id} over {string.Join(", ", set)}, and {least} of them must hide one another");
        if (_opened.TryAdd((id.Round, based, id.Sum), set)) return;
        ImmutableSortedSet<SiloId> before = _opened[(id.Round, based, id.Sum)];
        checks.Require(
            FederationCheck.OneOpening, before.SetEquals(set),
            $"whoever kept all that left the sites can open {id} over {string.Join(", ", set)}, and could open round {id.Round} {id.Sum} over {string.Join(", ", before)} before: one sum tells of the other");
    }

    private Attempt Of(CollectionId id)
    {
        if (!_attempts.TryGetValue(id, out Attempt? attempt)) _attempts[id] = attempt = new Attempt { Threshold = plan.SecAgg!.ThresholdOf(plan.InvitedTo(id).Count) };
        return attempt;
    }

    /// <summary>What left honest sites in one attempt.</summary>
    private sealed class Attempt
    {
        /// <summary>How many shares give a secret.</summary>
        public required int Threshold { get; init; }

        /// <summary>What each site computed from.</summary>
        public SortedDictionary<SiloId, Digest> Bases { get; } = [];

        /// <summary>Among whom each shared its secrets, and for whom of them the server had put a key of its own.</summary>
        public SortedDictionary<SiloId, (ImmutableSortedSet<SiloId> Members, ImmutableSortedSet<SiloId> Forged)> Dealt { get; } = [];

        /// <summary>For whom each masked its vector.</summary>
        public SortedDictionary<SiloId, ImmutableSortedSet<SiloId>> Masked { get; } = [];

        /// <summary>Which share of whose secret left whom.</summary>
        public HashSet<(SiloId Of, ReleasedKind Kind, SiloId Holder)> Shares { get; } = [];
    }
}
