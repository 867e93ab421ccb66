using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Tests.Architecture;
using Fed.TestKit.Deciders;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

public sealed class ProtocolSerializersGoldenTests
{
    private static readonly string Folder = Repository.PathOf("tests", "Fed.Actors.Tests", "Protocol", "golden");

    private static IEnumerable<string> Lines { get; } =
    [
        .. EventSamples.Of(JobCases.All, JobCases.KeyMaking).Values.Select(e => EventSamples.Line("job", ProtocolSerializers.Job, e)),
        .. EventSamples.Of(RoundCases.All, RoundCases.SecAgg, RoundCkksCases.All, RoundCases.Graph).Values.Select(e => EventSamples.Line("round", ProtocolSerializers.Round, e)),
        .. EventSamples.Of(AggregationCases.All, AggregationCases.Root).Values.Select(e => EventSamples.Line("aggregation", ProtocolSerializers.Aggregation, e)),
        .. EventSamples.Of(SiloCases.All, SiloCases.SecAgg, SiloCkksCases.All, SiloCases.KeyMaking, SiloCases.Graph, SiloPolicyCases.All).Values.Select(e => EventSamples.Line("silo", ProtocolSerializers.Silo, e)),
    ];

    [Fact]
    public void Tags_and_versions_are_for_ever()
    {
        string actual = string.Concat(Lines.Select(line => EventSamples.Parse(line.TrimEnd('\n'))).Select(e => $"{e.Family} {e.Tag} {e.Version}\n"));
        Assert.Equal(Repository.Golden(Path.Combine(Folder, "tags.txt"), actual), actual);
    }

    [Fact]
    public void Every_event_case_has_a_tag_and_a_sample()
    {
        Covers(JobCases.All, JobCases.KeyMaking);
        Covers(RoundCases.All, RoundCases.SecAgg, RoundCkksCases.All, RoundCases.Graph);
        Covers(AggregationCases.All, AggregationCases.Root);
        Covers(SiloCases.All, SiloCases.SecAgg, SiloCkksCases.All, SiloCases.KeyMaking, SiloCases.Graph, SiloPolicyCases.All);
    }

    [Fact]
    public void Every_event_comes_back_as_it_was_stored()
    {
        RoundTrips(JobCases.All, JobCases.KeyMaking);
        RoundTrips(RoundCases.All, RoundCases.SecAgg, RoundCkksCases.All, RoundCases.Graph);
        RoundTrips(AggregationCases.All, AggregationCases.Root);
        RoundTrips(SiloCases.All, SiloCases.SecAgg, SiloCkksCases.All, SiloCases.KeyMaking, SiloCases.Graph, SiloPolicyCases.All);
    }

    [Fact]
    public void The_journal_of_version_1_stays_readable_and_says_the_same()
    {
        string[] lines = Repository.Golden(Path.Combine(Folder, "events-v1.jsonl"), string.Concat(Lines)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Lines.Select(line => line.TrimEnd('\n')), lines);
        foreach (string line in lines)
        {
            (string family, string tag, int version, byte[] payload) = EventSamples.Parse(line);
            Assert.Equal(Encoding.UTF8.GetString(payload), Encoding.UTF8.GetString(ReadAndWrite(family, tag, version, payload)));
        }
    }

    [Fact]
    public void An_older_reader_says_that_an_unknown_event_needs_a_newer_version()
    {
        JournalFormatException unknown = Assert.Throws<JournalFormatException>(() => ProtocolSerializers.Round.Read("round-dreamt", 1, "{}"u8));
        Assert.Equal("the journal holds an event 'round-dreamt' that this program does not know: it was written by a newer version", unknown.Message);
        JournalFormatException newer = Assert.Throws<JournalFormatException>(() => ProtocolSerializers.Round.Read("sum-opened", 2, "{}"u8));
        Assert.Contains("version 2 of 'sum-opened'; this program reads up to 1", newer.Message);
    }

    [Fact]
    public void Every_cut_off_event_is_called_damaged()
    {
        foreach ((string family, string tag, int version, byte[] payload) in Lines.Select(line => EventSamples.Parse(line.TrimEnd('\n'))))
        {
            for (int length = 0; length < payload.Length; length++)
            {
                byte[] cut = payload[..length];
                JournalFormatException damaged = Assert.Throws<JournalFormatException>(() => ReadAndWrite(family, tag, version, cut));
                Assert.StartsWith($"event '{tag}' is damaged: ", damaged.Message);
            }
        }
    }

    [Fact]
    public void A_damaged_byte_is_called_damaged_or_changes_what_is_read_and_never_crashes_the_reader()
    {
        Random random = new(11);
        foreach ((string family, string tag, int version, byte[] payload) in Lines.Select(line => EventSamples.Parse(line.TrimEnd('\n'))))
        {
            for (int i = 0; i < 200; i++)
            {
                byte[] edited = [.. payload];
                edited[random.Next(edited.Length)] ^= (byte)random.Next(1, 256);
                Exception? thrown = Record.Exception(() => Read(family, tag, version, edited));
                Assert.True(thrown is null or JournalFormatException, $"{thrown?.GetType().Name} for {Encoding.UTF8.GetString(edited)}");
            }
        }
    }

    [Fact]
    public void An_event_without_a_tag_cannot_be_stored()
    {
        TaggedJsonSerializer<string> empty = new();
        Assert.Equal("String has no tag (Parameter 'happened')", Assert.Throws<ArgumentException>(() => empty.Describe("x")).Message);
    }

    private static object Read(string family, string tag, int version, byte[] payload) => family switch
    {
        "job" => ProtocolSerializers.Job.Read(tag, version, payload),
        "round" => ProtocolSerializers.Round.Read(tag, version, payload),
        "aggregation" => ProtocolSerializers.Aggregation.Read(tag, version, payload),
        "silo" => ProtocolSerializers.Silo.Read(tag, version, payload),
        _ => throw new ArgumentException($"no event family '{family}'", nameof(family)),
    };

    private static byte[] ReadAndWrite(string family, string tag, int version, byte[] payload) => family switch
    {
        "job" => Again(ProtocolSerializers.Job, tag, version, payload),
        "round" => Again(ProtocolSerializers.Round, tag, version, payload),
        "aggregation" => Again(ProtocolSerializers.Aggregation, tag, version, payload),
        "silo" => Again(ProtocolSerializers.Silo, tag, version, payload),
        _ => throw new ArgumentException($"no event family '{family}'", nameof(family)),
    };

    private static byte[] Again<TEvent>(IEventSerializer<TEvent> serializer, string tag, int version, byte[] payload) =>
        EventSamples.Payload(serializer, serializer.Read(tag, version, payload));

    private static void Covers<TDecider, TState, TCommand, TEvent>(params DeciderCases<TDecider, TState, TCommand, TEvent>[] tables)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull =>
        Assert.Equal(
            typeof(TEvent).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(TEvent))).Select(t => t.Name).Order(StringComparer.Ordinal),
            EventSamples.Of<TDecider, TState, TCommand, TEvent>(tables).Values.Select(e => e.GetType().Name).Order(StringComparer.Ordinal));

    private static void RoundTrips<TDecider, TState, TCommand, TEvent>(params DeciderCases<TDecider, TState, TCommand, TEvent>[] tables)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        foreach ((string tag, TEvent happened) in EventSamples.Of<TDecider, TState, TCommand, TEvent>(tables))
            Assert.Equal(ValueText.Of(happened), ValueText.Of(tables[0].Serializer.Read(tag, 1, EventSamples.Payload(tables[0].Serializer, happened))));
    }
}
