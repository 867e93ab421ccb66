using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Simulation;
using Fed.Simulation.Mutants;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Sums under a common key in whole federations: everybody dies everywhere, sites leave in every phase, openers are lost, and seeds draw the rest.</summary>
public sealed class CommonKeyTests(ITestOutputHelper output)
{
    private const int FreshSeeds = 10, DiesEvery = 13;

    private static readonly CkksPlan Key = FederationScenario.QuietUnder(CkksPlan.Name).Ckks!;

    /// <summary>The steps before any of which a site may leave; the upload goes to the aggregator.</summary>
    private enum Phase
    {
        Commit,
        Upload,
        Confirm,
        Challenge,
        Evaluate,
        Ready,
        Share,
        Never,
    }

    /// <summary>Before every so many steps of the key's making and of the first sum; the second sum shows that the node goes on as before. <c>./test.sh sim --deaths --protection ckks</c> takes every step.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Nodes_recover_wherever_they_die(int who) => Sweep.OverDeaths(FederationScenario.QuietUnder(CkksPlan.Name), DeathSweep.All[who], output, DiesEvery);

    [Fact]
    public void An_opener_that_is_lost_when_a_share_has_left_costs_one_encryption_and_no_training()
    {
        List<string> trace = [];
        int shares = 0;
        using SimulatedFederation federation = new(Five(), trace.Add) { LeavesBefore = (_, message) => PhaseOf(message) == Phase.Share && ++shares == 2 };
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Single(trace, static line => line.Contains("coordinator ReprotectionStarted", StringComparison.Ordinal));
        Assert.Equal(5 + 4, trace.Count(static line => line.Contains(" computes ", StringComparison.Ordinal)));   // everybody in the start-up round, and in the next all who are left
    }

    /// <summary>A contributor that is gone after the seal: the openers fetch its ciphertexts, compare them with what it had committed to, and evaluate them themselves.</summary>
    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    [InlineData(SumCheckLevel.Full)]
    public void A_contributor_that_leaves_before_it_answers_for_its_ciphertexts_is_in_the_opened_sum(SumCheckLevel verification)
    {
        List<string> trace = [];
        using SimulatedFederation federation = new(Five() with { Ckks = Key with { Verification = verification } }, trace.Add)
        {
            LeavesBefore = static (site, message) => site.Site == 4 && PhaseOf(message) == Phase.Evaluate,
        };
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
        Assert.DoesNotContain(trace, static line => line.Contains("ReprotectionStarted", StringComparison.Ordinal) || line.Contains("AttemptFailed", StringComparison.Ordinal));
        Assert.Equal(5, trace.TakeWhile(static line => !line.Contains("coordinator SumOpened", StringComparison.Ordinal)).Count(static line => line.Contains("aggregator UpdateAccepted", StringComparison.Ordinal)));
    }

    /// <summary>The aggregator keeps the ciphertexts of who is gone: with others in their place nothing is opened.</summary>
    [Fact]
    public void The_ciphertexts_of_a_contributor_that_is_gone_cannot_be_exchanged()
    {
        List<string> trace = [];
        HashSet<Digest> uploads = [];
        using SimulatedFederation federation = new(Five(), trace.Add)
        {
            LeavesBefore = (site, message) =>
            {
                if (site.Site == 4 && message is ProtocolMessage.OfferUpdate offer) uploads.Add(offer.Manifest.Hash);
                return site.Site == 4 && PhaseOf(message) == Phase.Evaluate;
            },
            Publishes = (owner, hash) => owner.Site < 0 && uploads.Contains(hash) ? [1, 2, 3] : null,
        };
        FederationResult result = federation.RunToEnd();
        Assert.False(result.IsCompleted);
        Assert.Contains("was not opened by its deadline", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(trace, static line => line.Contains("OpeningReleased", StringComparison.Ordinal) || line.Contains("OpeningAgreed", StringComparison.Ordinal));
    }

    [Fact]
    public void One_doubt_takes_its_site_out_of_the_openers_and_the_sum_is_opened_by_others()
    {
        List<string> trace = [];
        using SimulatedFederation federation = new(Five(), trace.Add);
        SiloId? doubting = null;
        federation.Jobs[0].Encryption!.Refutes = (_, silo) => silo == (doubting ??= silo) ? "it is not the sum of its contributions" : null;   // whoever verifies first
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Contains(trace, static line => line.Contains("coordinator SumDoubted", StringComparison.Ordinal));
        Assert.DoesNotContain(trace, line => line.Contains($"{doubting} OpeningReady", StringComparison.Ordinal) || line.Contains($"{doubting} OpeningReleased", StringComparison.Ordinal));
    }

    [Fact]
    public void With_too_few_left_who_do_not_doubt_it_nobody_waits_for_the_opening_of_a_sum()
    {
        FederationScenario scenario = Five();
        using SimulatedFederation federation = new(scenario);
        federation.Jobs[0].Checks.MayDoubt = true;
        federation.Jobs[0].Encryption!.Refutes = static (_, _) => "it is not\nthe sum of its contributions";
        FederationResult result = federation.RunToEnd();
        Assert.False(result.IsCompleted);
        Assert.Contains("cannot be opened: 1 of its contributors are left to open it, and 2 are needed; 'site-0", result.Reason, StringComparison.Ordinal);
        Assert.Contains("doubts it: it is not the sum of its contributions", result.Reason, StringComparison.Ordinal);
        Assert.Equal(4, result.Reason.Split("doubts it").Length - 1);
    }

    /// <summary>Five sites of which three must confirm and two open: every way in which one or two can leave during the first sum. It costs time, and nothing else.</summary>
    [Fact]
    public void Every_pattern_of_drop_outs_that_leaves_enough_succeeds()
    {
        IEnumerable<ImmutableArray<Phase>> patterns = Sweep.Patterns<Phase>(5).Where(static pattern => pattern.Count(static phase => phase != Phase.Never) is > 0 and <= 2);
        Sweep.Over(patterns, static pattern => string.Join(", ", pattern), static pattern =>
        {
            using SimulatedFederation federation = new(Five()) { LeavesBefore = (site, message) => PhaseOf(message) is { } phase && pattern[site.Site] == phase };
            FederationResult result = federation.RunToEnd();
            return result.IsCompleted ? null : $"failed ({result.Reason})";
        });
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 3)]
    public void A_key_that_does_not_last_is_made_anew_between_rounds_and_the_model_is_the_same(int rounds, int keys)
    {
        List<string> trace = [];
        long lasts = keys == 2 ? Key.OpeningsOf(0, 4) + Key.OpeningsOf(1, 4) : Key.OpeningsOf(1, 4);   // two rounds, or one
        FederationScenario plain = FederationScenario.Quiet(4, rounds);
        FederationResult result = SimulatedFederation.Run(plain with { Ckks = Key with { OpeningsPerKey = CkksPlan.TrialOpenings + lasts }, Retain = 0 }, trace.Add);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Equal(keys, trace.Count(static line => line.Contains("job KeyEstablished", StringComparison.Ordinal)));
        Assert.Equal(SimulatedFederation.Run(plain).State, result.State);
    }

    /// <summary>An answer is still on its way when another site's refusal ends the ceremony, and with it everything that the answer would be judged by.</summary>
    [Fact]
    public void An_answer_that_is_fetched_when_its_ceremony_has_ended_is_judged_by_nothing_and_the_next_key_serves()
    {
        List<string> trace = [];
        using SimulatedFederation federation = new(Five(), trace.Add, wrapJournal: null, MutantRoles.Job<EndsWithTheLastAnswer>());
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Single(trace, static line => line.Contains("job KeyCeremonyFailed", StringComparison.Ordinal));
        Assert.Single(trace, static line => line.Contains("job KeyEstablished", StringComparison.Ordinal));
    }

    /// <summary>The model is the one of plain mode: whatever is encrypted, verified and opened, sums are sums.</summary>
    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    [InlineData(SumCheckLevel.Full)]
    public void Every_verification_gives_the_model_of_plain_mode(SumCheckLevel verification)
    {
        FederationScenario plain = FederationScenario.Quiet(5, 2);
        FederationResult encrypted = SimulatedFederation.Run(plain with { Ckks = Key with { Verification = verification }, Retain = 0 });
        Assert.Equal(SimulatedFederation.Run(plain).State, encrypted.State);
    }

    /// <summary>The directory of keys is not what sites believe: the plan that they approved is.</summary>
    [Fact]
    public void A_site_whose_key_is_not_the_approved_plans_holds_no_part_of_the_key()
    {
        SiloId strange = new("site-04");
        using SimulatedFederation federation = new(Five(), static _ => { })
        {
            ToldKey = (node, of) => node.Site is >= 0 and < 4 && of == NodeAddress.Silo(strange.Value) ? new ReadOnlyMemory<byte>([1, 2, 3]) : (ReadOnlyMemory<byte>?)null,
        };
        federation.RunToEnd();
        JobEvent[] said = [.. federation.EventsOf<JobEvent>(NodeAddress.Job)];
        Assert.Contains(strange, said.OfType<JobEvent.KeyCeremonyFailed>().First().LeftOut);
        Assert.All(said.OfType<JobEvent.KeyEstablished>(), made => Assert.DoesNotContain(strange, made.Key.Holders));
    }

    [Fact]
    public void Same_seed_gives_the_same_trace() => Sweep.SameTraces(3, static seed => FederationScenario.CkksFromSeed(seed));

    /// <summary>Seeds that once found something: docs/testing.md says what.</summary>
    [Theory]
    [InlineData(169)]
    [InlineData(192)]
    [InlineData(1038)]
    [InlineData(28384152738301)]
    public void Seeds_that_found_something_keep_every_promise(ulong seed)
    {
        FederationScenario scenario = FederationScenario.CkksFromSeed(seed);
        Assert.NotEmpty(SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario)).Reason);
    }

    [Fact]
    public void Fresh_seeds_keep_every_promise() => Sweep.OverSeeds(Sweep.FreshSeeds(FreshSeeds, output), static seed => FederationScenario.CkksFromSeed(seed));

    private static FederationScenario Five() => FederationScenario.Quiet(5, 1) with
    {
        Ckks = Key,
        Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMin, QuorumPpm = 0 },
        Retain = 0,
    };

    private static Phase? PhaseOf(object message) => message switch
    {
        ProtocolMessage.OfferUpdate => Phase.Upload,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Commit } => Phase.Commit,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Confirm } => Phase.Confirm,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Challenge } => Phase.Challenge,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Evaluate } => Phase.Evaluate,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Ready } => Phase.Ready,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Share } => Phase.Share,
        _ => null,
    };

    /// <summary>Production's decider; in the first ceremony site-03 refuses to go on in the very moment in which it hears of an answer of site-04.</summary>
    private sealed class EndsWithTheLastAnswer : IDecider<JobState, JobCommand, JobEvent, Effect>
    {
        private EndsWithTheLastAnswer()
        {
        }

        public static JobState Initial => JobDecider.Initial;

        public static Decision<JobEvent, Effect> Decide(JobState state, JobCommand command, DateTimeOffset now)
        {
            Decision<JobEvent, Effect> decided = JobDecider.Decide(state, command, now);
            if (state.KeyFailures > 0 || command is not JobCommand.KeyAnswered { Answer: { Step: KeyStep.Confirm, Silo.Value: "site-04" } answer }) return decided;
            Decision<JobEvent, Effect> ended = JobDecider.Decide(state, new JobCommand.KeyDeclined(answer.Epoch, answer.Step, new SiloId("site-03"), null), now);
            return new([.. decided.Events, .. ended.Events], [.. decided.Effects, .. ended.Effects]);
        }

        public static JobState Evolve(JobState state, JobEvent happened) => JobDecider.Evolve(state, happened);

        public static ImmutableArray<JobEvent> Lead(JobState state, Term term, DateTimeOffset now) => JobDecider.Lead(state, term, now);

        public static ImmutableArray<JobEvent> Rejected(JobState state, JobCommand command, string reason, DateTimeOffset now) => JobDecider.Rejected(state, command, reason, now);

        public static ImmutableArray<Effect> Outstanding(JobState state, DateTimeOffset now) => JobDecider.Outstanding(state, now);
    }
}
