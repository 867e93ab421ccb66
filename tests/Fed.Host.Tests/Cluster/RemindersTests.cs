using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Cluster;
using Fed.TestKit;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>What sites ask about jobs that may be over.</summary>
public sealed class RemindersTests
{
    private static readonly SiloId North = new("north"), South = new("south");

    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly Queue<Action> _also = [];
    private readonly List<JobId> _read = [];
    private readonly List<(SiloId Site, JobId Job)> _reminded = [];
    private readonly Reminders _reminders;

    public RemindersTests() => _reminders = new Reminders(
        job =>
        {
            _read.Add(job);
            return job.Value.StartsWith("over", StringComparison.Ordinal) ? new JobState { Phase = JobPhase.Completed } : JobDecider.Initial;
        },
        (site, job, _) => _reminded.Add((site, job)), _also.Enqueue, _clock);

    private static ImmutableArray<JobId> Jobs(string prefix, int count) => [.. Enumerable.Range(0, count).Select(number => new JobId($"{prefix}-{number}"))];

    private void Work()
    {
        while (_also.TryDequeue(out Action? work)) work();
    }

    [Fact]
    public void A_site_that_asks_faster_than_it_is_answered_has_one_question_in_the_queue_and_others_have_theirs()
    {
        for (int message = 0; message < 1000; message++) _reminders.Ask(North, Jobs($"bogus-{message}", 100));
        _reminders.Ask(South, Jobs("over", 1));
        Assert.Equal(101 + 2, _also.Count);
        Work();
        Assert.Equal([(South, new JobId("over-0"))], _reminded);
        _reminders.Ask(North, Jobs("over", 1));   // answered: it may ask again
        Work();
        Assert.Equal((North, new JobId("over-0")), _reminded[^1]);
    }

    [Fact]
    public void What_many_ask_about_is_read_once_in_a_while_and_only_so_much_is_remembered()
    {
        foreach (SiloId site in (SiloId[])[North, South, North, South])
        {
            _reminders.Ask(site, Jobs("over", 2));
            Work();
        }

        Assert.Equal(Jobs("over", 2), _read);
        Assert.Equal(8, _reminded.Count);
        for (int message = 0; message < 20; message++)
        {
            _reminders.Ask(North, Jobs($"bogus-{message}", 100));
            Work();
        }

        _read.Clear();
        _reminders.Ask(South, [new JobId("over-0"), new JobId("bogus-19-99")]);
        Work();
        Assert.Equal([new JobId("over-0")], _read);   // it went for those that came later, of which the last are known
    }
}
