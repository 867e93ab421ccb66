using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
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
    public void A_decider_does_what_its_table_says_and_the_page_shows_the_table(string family)
    {
        string actual = TableOf(family);
        string path = Repository.PathOf("tests", "Fed.Actors.Tests", "Protocol", "tables", family + ".txt");
        Assert.Equal(Repository.Golden(path, actual), actual);
        Assert.Contains(actual, File.ReadAllText(Repository.PathOf("docs", "protocol.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tables_hold_every_phase_and_every_command()
    {
        Covers(JobCases.All, Enum.GetNames<JobPhase>(), state => state.Phase.ToString());
        string[] secAgg = [nameof(RoundPhase.Advertising), nameof(RoundPhase.Sharing)];
        Covers(RoundCases.All, [.. Enum.GetNames<RoundPhase>().Except(secAgg, StringComparer.Ordinal)], state => state.Phase.ToString());
        Covers(RoundCases.SecAgg, [.. secAgg, "Idle", "Preparing", "Collecting", "BackingOff", "Opening", "Stepping"], state => state.Phase.ToString());
        Covers(SiloCases.SecAgg, ["Approved", "Stored", "Declined", "Advertised", "Shared", "Masked", "Confirmed", "Released", "Abandoned", "Settled"], PhaseOf);
        Covers(AggregationCases.All, ["Unknown", .. Enum.GetNames<CollectionPhase>(), "Released"], PhaseOf);
        Covers(SiloCases.All, ["NoPlan", "Approved", "Stored", "Declined", "Settled"], state => (state.Plan, state.SettledRound, state.Outbox.Values.FirstOrDefault()) switch
        {
            (null, _, _) => "NoPlan",
            (_, >= 0, _) => "Settled",
            (_, _, null) => "Approved",
            (_, _, { Contribution: null }) => "Declined",
            _ => "Stored",
        });
    }

    private static string PhaseOf(Actors.Protocol.Silo.SiloState state) => (state.SettledRound, state.Outbox.Values.FirstOrDefault(), state.Ceremonies.Values.FirstOrDefault(), state.Confirmed.Values.FirstOrDefault()) switch
    {
        ( >= 0, _, _, _) => "Settled",
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
        _ => throw new ArgumentException($"no decider '{family}'", nameof(family)),
    };

    private static void Covers<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases, string[] phases, Func<TState, string> phaseOf)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        Assert.Equal(phases.Order(StringComparer.Ordinal), cases.Phases.Select(p => Word(p.Phase)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.All(cases.Phases, p => Assert.Equal(Word(p.Phase), phaseOf(p.State)));
        string[] family = [.. typeof(TCommand).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(TCommand))).Select(t => t.Name).Order(StringComparer.Ordinal)];
        foreach ((_, TState state) in cases.Phases)
            Assert.Equal(family, cases.Commands.Select(c => c.Fit(state).GetType().Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }
}
