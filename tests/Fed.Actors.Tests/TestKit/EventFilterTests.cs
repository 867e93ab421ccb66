using Fed.Actors.Kernel;
using Fed.TestKit;
using Fed.TestKit.Events;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

public sealed class EventFilterTests
{
    private readonly SimulatedSystem _sim = new();
    private readonly IActorRef<string> _talker;

    public EventFilterTests() => _talker = _sim.Spawn(() => new Talker(), "talker");

    [Fact]
    public void Filter_counts_lines_of_its_level_text_and_source()
    {
        _sim.EventFilter.Warning(contains: "disk").ExpectOne(() => Tell("warn disk is slow", "warn network", "info disk"));
        _sim.EventFilter.Error().Expect(2, () => Tell("error one", "error two"));
        _sim.EventFilter.Info(source: "Talker").ExpectOne(() => Tell("info hello"));
        _sim.EventFilter.Info(source: "Listener").ExpectNone(() => Tell("info hello"));
        _sim.EventFilter.Custom("a long line", line => line.Message.Length > 50).ExpectNone(() => Tell("info short"));
    }

    [Fact]
    public void Too_few_or_too_many_fail_and_the_others_are_shown()
    {
        string few = Fails(() => _sim.EventFilter.Warning("disk").ExpectOne(() => Tell("warn network")));
        Assert.Contains("expected 1 x Warning line with 'disk', and there were 0", few, StringComparison.Ordinal);
        Assert.Contains("[Warning] ", few, StringComparison.Ordinal);
        Assert.Contains("network", few, StringComparison.Ordinal);
        Assert.Contains("there were 2", Fails(() => _sim.EventFilter.Warning().ExpectOne(() => Tell("warn a", "warn b"))), StringComparison.Ordinal);
        Assert.Contains("there were 1", Fails(() => _sim.EventFilter.Warning().ExpectNone(() => Tell("warn a"))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_filter_took_is_gone_and_the_rest_stays_for_the_end_of_the_test()
    {
        _sim.EventFilter.Warning().ExpectOne(() => Tell("warn expected", "info kept"));
        Assert.Equal(["kept"], _sim.Events.Lines.Select(line => line.Message));
        _sim.Events.ExpectNothingBad();
        Tell("warn unexpected");
        string left = Fails(_sim.Events.ExpectNothingBad);
        Assert.Contains("1 events were not expected", left, StringComparison.Ordinal);
        Assert.Contains("unexpected", left, StringComparison.Ordinal);
    }

    [Fact]
    public void Exceptions_are_found_by_type_and_text()
    {
        _sim.EventFilter.Exception<InvalidOperationException>(contains: "on purpose").ExpectOne(() => Tell("throw"));
        Assert.Contains("TimeoutException", Fails(() => _sim.EventFilter.Exception<TimeoutException>().ExpectOne(() => Tell("throw"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Dead_letters_and_unhandled_messages_are_events_too()
    {
        IActorRef<string> gone = _sim.Spawn(() => new Talker(), "gone");
        _sim.System.Stop(gone);
        _sim.Run();
        _sim.EventFilter.DeadLetter<string>(text => text == "late").ExpectOne(() => gone.Tell("late"));
        _sim.EventFilter.Unhandled<string>().ExpectOne(() => Tell("what?"));
        Assert.Empty(_sim.DeadLetters);
        Assert.Empty(_sim.Unhandled);
        gone.Tell("later");
        Assert.Equal("later", Assert.Single(_sim.DeadLetters).Message);
        Assert.Contains("dead letter for fed://sim/user/gone: later", Fails(_sim.Events.ExpectNothingBad), StringComparison.Ordinal);
        _sim.EventFilter.DeadLetter().ExpectOne(() => gone.Tell("any"));
    }

    [Fact]
    public void Filters_nest_join_and_mute()
    {
        _sim.EventFilter.Warning("outer").ExpectOne(() => _sim.EventFilter.Warning("inner").ExpectOne(() => Tell("warn inner", "warn outer")));
        _sim.EventFilter.Warning().Or(_sim.EventFilter.Error()).Expect(2, () => Tell("warn a", "error b"));
        _sim.EventFilter.Error().Mute(() => Tell("error a", "error b"));
        _sim.Events.ExpectNothingBad();
    }

    [Fact]
    public void Debug_lines_are_kept_only_where_they_are_asked_for()
    {
        _sim.EventFilter.Debug().ExpectNone(() => Tell("debug detail"));
        _sim.Events.LevelMin = LogLevel.Debug;
        _sim.EventFilter.Debug("detail").ExpectOne(() => Tell("debug detail"));
    }

    [Fact]
    public async Task On_real_threads_the_filter_waits_with_a_limit()
    {
        using TestEvents events = new();
        ActorSystem system = new("real", new ActorSystemOptions { LoggerFactory = events });
        events.Watch(system);
        IActorRef<string> talker = system.Spawn(Props.Create<string>(() => new Talker()));
        EventFilters filters = new(events);
        await filters.Warning("disk").ExpectAsync(2, () => Say("warn disk one", "warn disk two"), TimeSpan.FromMinutes(1));
        ExpectationException late = await Assert.ThrowsAsync<ExpectationException>(() => filters.Error().ExpectAsync(1, () => Say(), TimeSpan.FromMilliseconds(1)));
        Assert.Contains("there were 0", late.Message, StringComparison.Ordinal);
        await system.TerminateAsync(TimeSpan.FromMinutes(1));

        Task Say(params string[] messages)
        {
            foreach (string message in messages) talker.Tell(message);
            return Task.CompletedTask;
        }
    }

    private void Tell(params string[] messages)
    {
        foreach (string message in messages) _talker.Tell(message);
        _sim.Run();
    }

    private static string Fails(Action act) => Assert.Throws<ExpectationException>(act).Message;

    private sealed class Talker : Actor<string>
    {
        protected override void Receive(string message)
        {
            string[] words = message.Split(' ', 2);
            LogLevel? level = words[0] switch { "debug" => LogLevel.Debug, "info" => LogLevel.Information, "warn" => LogLevel.Warning, "error" => LogLevel.Error, _ => null };
            if (words[0] == "throw") throw new InvalidOperationException("thrown on purpose");
            string said = words[^1];
            if (level is { } found) Context.Log.Log(found, default, said, null, static (text, _) => text);
            else Unhandled(message);
        }
    }
}
