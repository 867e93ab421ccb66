using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Tests.Architecture;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>The protocol on a few pages: what each command does in each phase. A change of a decider shows here as a change of a line.</summary>
public sealed class TransitionTableGoldenTests
{
    [Theory]
    [InlineData("job")]
    [InlineData("round")]
    [InlineData("aggregation")]
    [InlineData("silo")]
    [InlineData("aggregation-root")]
    [InlineData("aggregation-part")]
    [InlineData("round-secagg")]
    [InlineData("silo-secagg")]
    [InlineData("round-ckks")]
    [InlineData("silo-ckks")]
    [InlineData("job-key")]
    [InlineData("silo-key")]
    [InlineData("round-graph")]
    [InlineData("silo-graph")]
    [InlineData("silo-policy")]
    public void A_decider_does_what_its_table_says_and_the_page_shows_the_table(string family)
    {
        string actual = TableOf(family);
        string path = Repository.PathOf("tests", "Fed.Actors.Tests", "Protocol", "tables", family + ".txt");
        Assert.Equal(Repository.Golden(path, actual), actual);
        Assert.Contains(actual, File.ReadAllText(Repository.PathOf("docs", family.EndsWith("-ckks", StringComparison.Ordinal) || family.EndsWith("-key", StringComparison.Ordinal) ? "protocol-ckks.md" : "protocol.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tables_hold_every_phase_and_every_command()
    {
        string[] secAgg = [nameof(RoundPhase.Advertising), nameof(RoundPhase.Sharing)], ckks = [nameof(RoundPhase.Committing), nameof(RoundPhase.Signing)];
        string[] roundCkks = Own(RoundCkksCases.All.Commands.Select(c => c.Fit(RoundCkksCases.All.Phases[0].State)!.GetType().Name), RoundCases.All.Commands.Select(c => c.Fit(RoundDecider.Initial).GetType().Name));
        string[] siloCkks = Own(SiloCkksCases.All.Commands.Select(c => c.Fit(SiloCkksCases.All.Phases[0].State)!.GetType().Name), SiloCases.All.Commands.Select(c => c.Fit(SiloDecider.Initial).GetType().Name));
        string[] graph = [nameof(RoundPhase.Drawing), nameof(RoundPhase.Showing)];
        Covers(JobCases.All, [.. Enum.GetNames<JobPhase>().Except([nameof(JobPhase.Keying)], StringComparer.Ordinal)], state => state.Phase.ToString());
        Covers(JobCases.KeyMaking, [nameof(JobPhase.Keying), nameof(JobPhase.Running), nameof(JobPhase.Paused), nameof(JobPhase.Failed)], state => state.Phase.ToString());
        Covers(SiloCases.KeyMaking, ["Approved", "Entered", "Dealt", "Holding", "Abandoned", "Erased"], state => (state.AreKeysErased, state.KeyCeremony) switch
        {
            (true, _) => "Erased",
            (_, null) => "Approved",
            (_, { Abandoned: not null }) => "Abandoned",
            (_, { Step: Actors.Protocol.Key.KeyStep.Enter }) => "Entered",
            (_, { Step: Actors.Protocol.Key.KeyStep.Deal }) => "Dealt",
            _ => "Holding",
        }, siloCkks);
        Covers(RoundCases.All, [.. Enum.GetNames<RoundPhase>().Except([.. secAgg, .. ckks, .. graph], StringComparer.Ordinal)], state => state.Phase.ToString(), roundCkks);
        Covers(RoundCases.SecAgg, [.. secAgg, "Idle", "Preparing", "Collecting", "BackingOff", "Opening", "Stepping"], state => state.Phase.ToString(), roundCkks);
        Covers(SiloCases.SecAgg, ["Approved", "Stored", "Declined", "Advertised", "Shared", "Masked", "Confirmed", "Released", "Abandoned", "Restored", "Settled"], PhaseOf, siloCkks);
        Covers(RoundCases.Graph, [.. graph, "Idle", "Preparing", "Sharing", "Failed"], state => state.Phase.ToString(), roundCkks);
        Covers(SiloCases.Graph, ["Approved", "Committed", "Shown", "Drawn"], state => (state.Graph, state.Commitments, state.NonceCommitment) switch
        {
            (not null, _, _) => "Drawn",
            (_, not null, _) => "Shown",
            (_, _, not null) => "Committed",
            _ => "Approved",
        }, siloCkks);
        HasPhases(SiloPolicyCases.All, ["NoPlan", "Waiting", "Refused", "Over", "Approved"], state => state.Plan is not null ? "Approved" : state.IsOver ? "Over" : state.Policy?.Note.Decision.ToString() ?? "NoPlan");
        Covers(AggregationCases.All, ["Unknown", .. Enum.GetNames<CollectionPhase>(), "Released"], PhaseOf);
        Covers(SiloCases.All, ["NoPlan", "Approved", "Stored", "Declined", "Settled", "Ended", "Kept"], state => state.Models is not null ? "Kept" : (state.Plan, state.SettledRound, state.Outbox.Values.FirstOrDefault()) switch
        {
            (null, _, _) => "NoPlan",
            _ when state.IsOver => "Ended",
            (_, >= 0, _) => "Settled",
            (_, _, null) => "Approved",
            (_, _, { Contribution: null }) => "Declined",
            _ => "Stored",
        }, siloCkks);
        HasPhases(RoundCkksCases.All, [.. ckks, "Preparing", "Collecting", "BackingOff", "Opening", "Stepping"], state => state.Phase.ToString());
        HasPhases(SiloCkksCases.All, ["Approved", "Stored", "Declined", "Encrypted", "Signed", "Agreed", "Confirmed", "Challenged", "Doubted", "Ready", "Released", "Shared", "Abandoned", "Restored", "Settled"], CkksPhaseOf);
    }

    private static string CkksPhaseOf(SiloState state) => (state.SettledRound, state.Outbox.Values.FirstOrDefault(), state.Encryptions.Values.FirstOrDefault()) switch
    {
        ( >= 0, _, _) => "Settled",
        _ when state.Restored is not null => "Restored",
        (_, null, _) => "Approved",
        (_, { Contribution: null }, _) => "Declined",
        (_, _, null) => "Stored",
        (_, _, { Abandoned: not null }) => "Abandoned",
        (_, _, { Share: not null }) => "Shared",
        (_, _, { Released: not null }) => "Released",
        (_, _, { ReadyFor: not null }) => "Ready",
        (_, _, { Doubts.IsEmpty: false }) => "Doubted",
        (_, _, { Opening: not null }) => "Challenged",
        (_, _, { Fixed.IsEmpty: true, List: not null }) when !state.Confirmed.IsEmpty => "Confirmed",
        (_, _, { IsAgreed: true }) => "Agreed",
        (_, _, { List: not null }) => "Signed",
        _ => "Encrypted",
    };

    /// <summary>Commands of one protection alone: the tables of the others leave them out, and <see cref="ProtectionApartTests"/> shows that they change nothing there.</summary>
    private static string[] Own(IEnumerable<string> commands, IEnumerable<string> known) => [.. commands.Except(known, StringComparer.Ordinal)];

    private static string PhaseOf(SiloState state) => (state.SettledRound, state.Outbox.Values.FirstOrDefault(), state.Ceremonies.Values.FirstOrDefault(), state.Confirmed.Values.FirstOrDefault()) switch
    {
        ( >= 0, _, _, _) => "Settled",
        _ when state.Restored is not null => "Restored",
        (_, null, _, _) => "Approved",
        (_, { Contribution: null }, _, _) => "Declined",
        (_, _, { Abandoned: not null }, _) => "Abandoned",
        (_, _, _, { IsReleased: true }) => "Released",
        (_, _, _, not null) => "Confirmed",
        (_, _, { Upload: not null }, _) => "Masked",
        (_, _, { Members.Count: > 0 }, _) => "Shared",
        (_, _, not null, _) => "Advertised",
        _ => "Stored",
    };

    private static string PhaseOf(AggregationState state)
    {
        if (state.ReleasedBelow > 0) return "Released";
        return state.Collections.IsEmpty ? "Unknown" : state.Collections.Values.Single().Phase.ToString();
    }

    /// <summary>The phase of a row such as <c>Collecting, last try</c>.</summary>
    private static string Word(string phase) => phase.Split(',')[0];

    private static string TableOf(string family) => family switch
    {
        "job" => JobCases.All.Table(),
        "round" => RoundCases.All.Table(),
        "aggregation" => AggregationCases.All.Table(),
        "aggregation-root" => AggregationCases.Root.Table(),
        "aggregation-part" => AggregationCases.Part.Table(),
        "silo" => SiloCases.All.Table(),
        "round-secagg" => RoundCases.SecAgg.Table(),
        "silo-secagg" => SiloCases.SecAgg.Table(),
        "round-ckks" => RoundCkksCases.All.Table(),
        "silo-ckks" => SiloCkksCases.All.Table(),
        "job-key" => JobCases.KeyMaking.Table(),
        "silo-key" => SiloCases.KeyMaking.Table(),
        "round-graph" => RoundCases.Graph.Table(),
        "silo-graph" => SiloCases.Graph.Table(),
        "silo-policy" => SiloPolicyCases.All.Table(),
        _ => throw new ArgumentException($"no decider '{family}'", nameof(family)),
    };

    private static void HasPhases<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases, string[] phases, Func<TState, string> phaseOf)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        Assert.Equal(phases.Order(StringComparer.Ordinal), cases.Phases.Select(p => Word(p.Phase)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.All(cases.Phases, p => Assert.Equal((p.Phase, Word(p.Phase)), (p.Phase, phaseOf(p.State))));
    }

    private static void Covers<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases, string[] phases, Func<TState, string> phaseOf, params string[] ofOthers)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        HasPhases(cases, phases, phaseOf);
        string[] family = [.. typeof(TCommand).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(TCommand))).Select(t => t.Name).Except(ofOthers, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach ((_, TState state) in cases.Phases)
            Assert.Equal(family, cases.Commands.Select(c => c.Fit(state).GetType().Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }
}
