using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;
using Fed.Host.History;
using Xunit;

namespace Fed.Host.Tests.History;

/// <summary>Who was there in each phase, from the coordinator's events.</summary>
public sealed class RoundAttendanceTests
{
    private static readonly Digest Some = Digest.Of("some"u8);
    private static readonly CollectionId First = new(1, 1, "training"), Second = new(1, 2, "training");

    private static ImmutableSortedSet<SiloId> Silos(string names) => [.. names.Select(static name => new SiloId(name.ToString()))];

    private static RoundEvent Started(CollectionId id, string invited) => new RoundEvent.AttemptStarted(id, Silos(invited), invited.Length, invited.Length, TimeSpan.FromSeconds(1));

    private static RoundEvent Shared(CollectionId id, string who) => new RoundEvent.SharesClosed(id, Silos(who).ToImmutableSortedDictionary(static silo => silo, static _ => Some));

    private static RoundEvent Committed(CollectionId id, string who) => new RoundEvent.CommitmentsClosed(id, Silos(who), Silos(who), Some, Some, 8);

    private static RoundEvent Sealed(CollectionId id, string who) =>
        new RoundEvent.SumSealed(id, [.. Silos(who).Select(silo => new UpdateManifest(silo, new JobId("j"), id.Round, id.Sum, Some, Some, "schema", Some, 8, new byte[1]))], Some, default);

    private static RoundEvent Confirmed(CollectionId id, string who) => new RoundEvent.ContributorsConfirmed(id, new Confirmation(new SiloId(who), new byte[1]));

    private static string Shown(params RoundEvent[] events) =>
        string.Join(' ', RoundAttendance.Of(events).Select(static phase => $"{phase.Attempt}:{phase.Phase}={string.Concat(phase.Sites)}{(phase.Left.IsEmpty ? "" : "-" + string.Concat(phase.Left))}"));

    [Fact]
    public void Each_phase_names_who_left_since_the_one_before() => Assert.Equal(
        "1:invited=abcde 1:advertise keys=abcd-e 1:share keys=abc-d 1:upload=bc-a 1:confirm=bc",
        Shown(Started(First, "abcde"), new RoundEvent.KeysClosed(First, Silos("abcd"), Some), Shared(First, "abc"), Sealed(First, "bc"), Confirmed(First, "c"), Confirmed(First, "b"), new RoundEvent.SumOpened(First, Some)));

    [Fact]
    public void Under_a_common_key_openers_are_named_with_those_who_did_not_answer_and_a_lost_one_costs_another_encryption() => Assert.Equal(
        "1:invited=abcde 1:commit=abcd-e 1:upload=abcd 1:draw openers=ab-c 2:encrypt again=bcd-a 2:commit=bcd-a 2:upload=bcd 2:draw openers=bd 2:confirm=bcd",
        Shown(
            Started(First, "abcde"), Committed(First, "abcd"), Sealed(First, "abcd"), Confirmed(First, "a"), new RoundEvent.OpenersDrawn(First, Silos("ab"), Silos("c")),
            new RoundEvent.ReprotectionStarted(Second, Silos("a"), TimeSpan.FromSeconds(1)), Committed(Second, "bcd"), Sealed(Second, "bcd"), Confirmed(Second, "b"), Confirmed(Second, "c"), Confirmed(Second, "d"),
            new RoundEvent.OpenersDrawn(Second, Silos("bd"), []), new RoundEvent.SumOpened(Second, Some)));

    [Fact]
    public void A_new_attempt_begins_with_everybody_whom_it_invites() => Assert.Equal(
        "1:invited=abc 1:advertise keys=ab-c 2:invited=abc 2:upload=abc",
        Shown(Started(First, "abc"), new RoundEvent.KeysClosed(First, Silos("ab"), Some), new RoundEvent.AttemptFailed(First, "too few", default), Started(Second, "abc"), Sealed(Second, "abc"), new RoundEvent.SumOpened(Second, Some)));

    [Fact]
    public void Who_left_a_protected_round_is_gathered_by_phase_and_a_plain_round_says_nothing()
    {
        static CommittedRound Round(params RoundEvent[] events) => new(null!, 1, default) { Phases = RoundAttendance.Of(events) };
        Assert.Null(Round(Started(First, "abc"), Sealed(First, "ab")).Left);
        Assert.Null(Round(Started(First, "abc"), new RoundEvent.KeysClosed(First, Silos("abc"), Some), Shared(First, "abc"), Sealed(First, "abc")).Left);
        ImmutableSortedDictionary<string, ImmutableArray<string>>? left = Round(
            Started(First, "abcd"), new RoundEvent.KeysClosed(First, Silos("abc"), Some), Started(Second, "abcd"), new RoundEvent.KeysClosed(Second, Silos("bcd"), Some), Shared(Second, "bcd"), Sealed(Second, "bc")).Left;
        Assert.Equal(["advertise keys", "upload"], left!.Keys);
        Assert.Equal(["a", "d"], left["advertise keys"]);
        Assert.Equal(["d"], left["upload"]);
    }
}
