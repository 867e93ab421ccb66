using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;

namespace Fed.Host.History;

/// <summary>Who was there at the end of one phase of an attempt at a sum.</summary>
/// <param name="Sum">The sum.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Phase">In the words of <c>rounds show</c>.</param>
/// <param name="Sites">Who was there, ordinal order.</param>
/// <param name="Left">Who had been there in the phase before, and is not in this one; where enough answered early, also who was merely slower.</param>
internal sealed record PhaseAttendance(string Sum, int Attempt, string Phase, ImmutableArray<string> Sites, ImmutableArray<string> Left);

/// <summary>Folds a round's events to who was there in each phase.</summary>
internal static class RoundAttendance
{
    /// <summary>The phases that every round has, protected or not.</summary>
    public static ImmutableArray<string> Usual { get; } = ["invited", "upload"];

    /// <summary>The phases of all attempts, in order.</summary>
    /// <param name="events">Of one round.</param>
    public static ImmutableArray<PhaseAttendance> Of(IEnumerable<RoundEvent> events)
    {
        ImmutableArray<PhaseAttendance>.Builder phases = ImmutableArray.CreateBuilder<PhaseAttendance>();
        ImmutableSortedSet<SiloId> there = [], confirmed = [];
        foreach (RoundEvent happened in events)
        {
            switch (happened)
            {
                case RoundEvent.AttemptStarted e:
                    (there, confirmed) = (e.Invited, []);
                    phases.Add(Phase(e.Collection, "invited", there, there));
                    break;
                case RoundEvent.KeysClosed e:
                    Next(e.Collection, "advertise keys", e.Members);
                    break;
                case RoundEvent.SharesClosed e:
                    Next(e.Collection, "share keys", [.. e.Shares.Keys]);
                    break;
                case RoundEvent.CommitmentsClosed e:
                    Next(e.Collection, "commit", e.Members);
                    break;
                case RoundEvent.ListAgreed e:
                    Next(e.Collection, "sign list", [.. e.Signatures.Select(static signed => signed.Silo)]);
                    break;
                case RoundEvent.OpenersDrawn e:
                    phases.Add(new PhaseAttendance(e.Collection.Sum, e.Collection.Attempt, "draw openers", Names(e.Openers), Names(e.Absent)));
                    break;
                case RoundEvent.ReprotectionStarted e:
                    confirmed = [];
                    phases.Add(Phase(e.Collection, "encrypt again", there.Except(e.Lost), there));
                    break;
                case RoundEvent.SumSealed e:
                    Next(e.Collection, "upload", [.. e.Contributions.Select(static manifest => manifest.Silo)]);
                    break;
                case RoundEvent.ContributorsConfirmed e:
                    confirmed = confirmed.Add(e.Confirmation.Silo);
                    break;
                case RoundEvent.SumOpened e when !confirmed.IsEmpty:
                    phases.Add(Phase(e.Collection, "confirm", confirmed, confirmed));   // enough of them open a sum: who is not among these did not leave
                    break;
            }
        }

        return phases.ToImmutable();

        void Next(CollectionId id, string phase, ImmutableSortedSet<SiloId> now)
        {
            phases.Add(Phase(id, phase, now, there));
            there = now;
        }
    }

    private static PhaseAttendance Phase(CollectionId id, string phase, ImmutableSortedSet<SiloId> now, ImmutableSortedSet<SiloId> before) =>
        new(id.Sum, id.Attempt, phase, Names(now), Names(before.Except(now)));

    private static ImmutableArray<string> Names(ImmutableSortedSet<SiloId> silos) => [.. silos.Select(static silo => silo.Value)];
}
