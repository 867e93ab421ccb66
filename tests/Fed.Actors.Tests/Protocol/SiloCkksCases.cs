using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a silo whose sums are encrypted under a common key: what it has said of an attempt.</summary>
internal static class SiloCkksCases
{
    private static readonly JobPlan ThePlan = CkksPlan();
    private static readonly Digest Base = Hash("base");
    private static readonly SiteEpoch Unknown = new(7, Hash("a mark of another history"));
    private static readonly ImmutableSortedSet<SiloId> Everybody = [A, B, C, D, E];
    private static readonly CollectionId First = new(1, 1, "training"), Second = new(1, 2, "training");
    private static readonly Func<SiloState, SiloCommand>[] ToSigned = [Computed, Encrypted, Approved], ToAgreed = [.. ToSigned, Agreed], ToReady = [.. ToAgreed, Confirm, Prepare, NonceMade, Verified];

    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> All { get; } = new(
        [
            ("Approved", Walk()),
            ("Stored", Walk(Computed)),
            ("Declined", Walk(s => new ContributionImpossible(First, Base, "out of range"))),
            ("Encrypted", Walk(Computed, Encrypted)),
            ("Signed", Walk(ToSigned)),
            ("Agreed", Walk(ToAgreed)),
            ("Confirmed", Walk([.. ToAgreed, Confirm])),
            ("Challenged", Walk([.. ToAgreed, Confirm, Prepare, NonceMade])),
            ("Doubted", Walk([.. ToAgreed, Confirm, Prepare, NonceMade, Doubted])),
            ("Ready", Walk(ToReady)),
            ("Released", Walk([.. ToReady, Release])),
            ("Shared", Walk([.. ToReady, Release, ShareMade])),
            ("Abandoned", Walk([.. ToSigned, s => new StepImpossible(First, "lost")])),
            ("Encrypted, S fixed", Walk([.. ToReady, Release, ShareMade, Reprotect, Reencrypted])),
            ("Signed, S fixed", Walk([.. ToReady, Release, ShareMade, Reprotect, Reencrypted, s => new ListApproved(Second, Everybody, Hash("list of 2"))])),
            ("Agreed, S fixed", Walk([.. ToReady, Release, ShareMade, Reprotect, Reencrypted, s => new ListApproved(Second, Everybody, Hash("list of 2")), s => new UploadInput(Second, Base, Hash("list of 2"), Everybody)])),
            ("Restored", Walk([.. ToAgreed, Forgotten])),
            ("Settled", Walk([.. ToReady, Release, ShareMade, Close])),
        ],
        [
            ("", s => new Invite(First, ThePlan.ComputeHash(), Base)),
            ("next attempt", s => new Invite(Second, ThePlan.ComputeHash(), Base)),
            ("", Computed),
            ("accepted", s => new UpdateAnswered(First, Hash("upload of 1 of a"), null)),
            ("", Encrypted),
            ("other ciphertexts", s => new InputEncrypted(First, 1, new byte[] { 8 }, Hash("another commitment"), Hash("another upload"), 640, [])),
            ("next attempt", s => new InputEncrypted(Second, 1, new byte[] { 9 }, Hash("commitment of 2"), Hash("upload of 2 of a"), 640, [])),
            ("next attempt, S fixed", Reencrypted),
            ("", Reprotect),
            ("other contributors", s => new ReprotectInput(Second, First, List(1, A, B, C, D))),
            ("without the site", s => new ReprotectInput(Second, First, List(1, B, C, D, E))),
            ("too few", s => new ReprotectInput(Second, First, List(1, A, B, C))),
            ("under a list that it has not signed", s => new ReprotectInput(Second, First, [.. List(1, A, B, C, D, E).Select(static m => m with { Ceremony = Hash("another list") })])),
            ("of a later attempt", s => new ReprotectInput(Second, Second with { Attempt = 3 }, List(1, A, B, C, D, E))),
            ("", s => new SignList(First, Everybody, Hash("list of 1"))),
            ("another list", s => new SignList(First, Everybody, Hash("another list"))),
            ("without the site", s => new SignList(First, [B, C, D, E], Hash("list of 1"))),
            ("with a stranger", s => new SignList(First, [A, B, C, new SiloId("stranger")], Hash("list of 1"))),
            ("too few", s => new SignList(First, [A, B, C], Hash("list of 1"))),
            ("S fixed", s => new SignList(Second, Everybody, Hash("list of 2"))),
            ("S fixed, others", s => new SignList(Second, [A, B, C, D], Hash("list of 2"))),
            ("", Approved),
            ("", Agreed),
            ("too few signatures", s => ((UploadInput)Agreed(s)) with { SignedBy = [A, B, C] }),
            ("signatures of strangers", s => ((UploadInput)Agreed(s)) with { SignedBy = [A, B, C, new SiloId("stranger")] }),
            ("under another list", s => ((UploadInput)Agreed(s)) with { List = Hash("another list") }),
            ("from another model", s => ((UploadInput)Agreed(s)) with { Base = Hash("another base") }),
            ("S fixed", s => new UploadInput(Second, Base, Hash("list of 2"), Everybody)),
            ("another list", s => new ListApproved(First, Everybody, Hash("another list"))),
            ("", Confirm),
            ("another S", s => new ConfirmContributors(First, List(1, A, B, C, D))),
            ("without the site", s => new ConfirmContributors(First, List(1, B, C, D, E))),
            ("too few", s => new ConfirmContributors(First, List(1, A, B, C))),
            ("somebody twice", s => new ConfirmContributors(First, List(1, A, B, C, D, D))),
            ("with a stranger", s => new ConfirmContributors(First, List(1, A, B, C, D, new SiloId("stranger")))),
            ("another list of commitments", s => new ConfirmContributors(First, [.. List(1, A, B, C, D, E).Select(static m => m.Silo == D ? m with { Ceremony = Hash("another list") } : m)])),
            ("another model", s => new ConfirmContributors(First, [.. List(1, A, B, C, D, E).Select(static m => m.Silo == D ? m with { Base = Hash("another base") } : m)])),
            ("another plan", s => new ConfirmContributors(First, [.. List(1, A, B, C, D, E).Select(static m => m.Silo == D ? m with { Plan = Hash("another plan") } : m)])),
            ("S fixed, one from before", s => new ConfirmContributors(Second, [.. List(2, A, B, C, D), .. List(1, E)])),
            ("S fixed, one fewer", s => new ConfirmContributors(Second, List(2, A, B, C, D))),
            ("", Prepare),
            ("too few confirmations", s => new PrepareOpening(First, Opening(), [A, B, C])),
            ("confirmations of others", s => new PrepareOpening(First, Opening(), [A, B, C, new SiloId("stranger")])),
            ("too many openers", s => new PrepareOpening(First, Opening() with { Openers = [A, B, C] }, Everybody)),
            ("openers without the site", s => new PrepareOpening(First, Opening() with { Openers = [B, C] }, Everybody)),
            ("an opener that is no contributor", s => new PrepareOpening(First, Opening() with { Openers = [A, new SiloId("stranger")] }, Everybody)),
            ("another list of commitments", s => new PrepareOpening(First, Opening() with { List = Hash("another list") }, Everybody)),
            ("another S", s => new PrepareOpening(First, Opening() with { Contributions = List(1, A, B, C, D) }, Everybody)),
            ("other openers", s => new PrepareOpening(First, Others(), Everybody)),
            ("another sum", s => new PrepareOpening(First, Opening() with { Sum = Hash("another sum") }, Everybody)),
            ("its own word unknown to it", s => new PrepareOpening(First, Opening(), [A, B, C, D]) { Own = Unknown }),
            ("unknown epoch, heard by more than c", Forgotten),
            ("unknown epoch, heard by c", s => new PrepareOpening(First, Opening(), [A, B, C, D]) { Heard = Heard(B) }),
            ("", NonceMade),
            ("for other openers", s => new NonceMade(First, Others().HashOf(First), new byte[] { 7 })),
            ("", s => new EvaluateSum(First, Others() with { Openers = [B, C] }, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty)),
            ("another S", s => new EvaluateSum(First, Opening() with { Contributions = List(1, A, B, C, D) }, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty)),
            ("", s => new SumEvaluated(First, Opening().HashOf(First), new byte[] { 5 })),
            ("", s => new VerifyOpening(First, Opening(), Hash("evidence"))),
            ("other openers", s => new VerifyOpening(First, Others(), Hash("evidence"))),
            ("", Verified),
            ("", Doubted),
            ("for another reason", s => ((OpeningDoubted)Doubted(s)) with { Reason = "another" }),
            ("other openers", s => new OpeningDoubted(First, Others().HashOf(First), "the sum does not add up")),
            ("", Release),
            ("one opener not ready", s => new ReleaseOpening(First, Opening(), Hash("evidence"), Hash("opening"), [A])),
            ("another opening signed", s => new ReleaseOpening(First, Opening(), Hash("evidence"), Hash("another opening"), [A, B])),
            ("other openers", s => new ReleaseOpening(First, Others(), Hash("evidence"), Hash("opening"), Everybody)),
            ("another sum", s => new ReleaseOpening(First, Opening() with { Sum = Hash("another sum") }, Hash("evidence"), Hash("opening"), [A, B])),
            ("", ShareMade),
            ("others", s => new ShareMade(First, Opening().HashOf(First), Hash("other shares"))),
            ("", s => new StepImpossible(First, "the ciphertexts of this attempt are lost")),
            ("committed with the silo", Close),
            ("committed, too few words shown", s => Close(s) with { Confirmed = Words(A, B, C) }),
            ("failed", s => Close(s) with { Committed = false, Confirmed = Words() }),
        ],
        ProtocolSerializers.Silo);

    private static StatedOpening Opening() => new(List(1, A, B, C, D, E), Hash("list of 1"), Hash("sum"), Hash("statement"), [A, B]);

    private static StatedOpening Others() => Opening() with { Openers = [A, C] };

    private static SiloCommand Computed(SiloState state) => new ContributionComputed(First, Base, new StoredContribution(Hash("vector"), 16, 2, null));

    private static SiloCommand Encrypted(SiloState state) => new InputEncrypted(First, 1, new byte[] { 1 }, Hash("commitment of 1"), Hash("upload of 1 of a"), 640, []);

    private static SiloCommand Reencrypted(SiloState state) => new InputEncrypted(Second, 1, new byte[] { 2 }, Hash("commitment of 2"), Hash("upload of 2 of a"), 640, Everybody);

    private static SiloCommand Reprotect(SiloState state) => new ReprotectInput(Second, First, List(1, A, B, C, D, E));

    private static SiloCommand Approved(SiloState state) => new ListApproved(First, Everybody, Hash("list of 1"));

    private static SiloCommand Agreed(SiloState state) => new UploadInput(First, Base, Hash("list of 1"), [A, B, C, D]);

    private static SiloCommand Confirm(SiloState state) => new ConfirmContributors(First, List(1, A, B, C, D, E));

    private static SiloCommand Prepare(SiloState state) => new PrepareOpening(First, Opening(), [A, B, C, D]);

    private static SiloCommand NonceMade(SiloState state) => new NonceMade(First, Opening().HashOf(First), new byte[] { 3 });

    private static SiloCommand Verified(SiloState state) => new OpeningVerified(First, Opening().HashOf(First), Hash("opening"));

    private static SiloCommand Doubted(SiloState state) => new OpeningDoubted(First, Opening().HashOf(First), "the sum does not add up");

    private static SiloCommand Release(SiloState state) => new ReleaseOpening(First, Opening(), Hash("evidence"), Hash("opening"), [A, B]);

    private static SiloCommand ShareMade(SiloState state) => new ShareMade(First, Opening().HashOf(First), Hash("shares"));

    private static CloseRound Close(SiloState state) => new(
        1, true, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.Add("training", Everybody), new SignedHead("round/test-1", 9, Hash("head"), Hash("key"), [1, 2, 3])) { Confirmed = Words(A, B, C, D) };

    private static SiloCommand Forgotten(SiloState state) => new PrepareOpening(First, Opening(), [A, B, C, D]) { Heard = Heard(B, C) };

    private static ImmutableSortedDictionary<SiloId, SiteEpoch> Heard(params SiloId[] by) => Everybody.Remove(A).ToImmutableSortedDictionary(static peer => peer, peer => by.Contains(peer) ? Unknown : default);

    private static ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>> Words(params SiloId[] of) =>
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>>.Empty.Add("training", of.ToImmutableSortedDictionary(static silo => silo, static silo => new SiteEpoch(1, Hash($"mark of {silo}"))));

    /// <summary>Contributions to an attempt, in order of their sites.</summary>
    private static ImmutableArray<UpdateManifest> List(int attempt, params SiloId[] silos) =>
        [.. silos.Select(silo => Manifest(silo, First, ThePlan.ComputeHash(), Base, $"upload of {attempt}", length: 640) with { Ceremony = Hash($"list of {attempt}") })];

    private static SiloState Walk(params Func<SiloState, SiloCommand>[] steps) => steps.Aggregate(
        When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, new ProposePlan(A, ThePlan, ThePlan.ComputeHash(), null)).State,
        (state, step) => When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(state, Start, step(state)).State);
}
