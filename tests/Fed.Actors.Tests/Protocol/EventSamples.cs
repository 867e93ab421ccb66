using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Each event case once, as the deciders produce it, and its stored form.</summary>
internal static class EventSamples
{
    /// <summary>The first event of each case that comes up when every command of the transition tables meets every phase, by tag.</summary>
    public static SortedDictionary<string, TEvent> Of<TDecider, TState, TCommand, TEvent>(params ReadOnlySpan<DeciderCases<TDecider, TState, TCommand, TEvent>> tables)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        SortedDictionary<string, TEvent> samples = new(StringComparer.Ordinal);
        foreach (DeciderCases<TDecider, TState, TCommand, TEvent> cases in tables)
            foreach (TEvent happened in Happenings(cases)) samples.TryAdd(cases.Serializer.Describe(happened).Tag, happened);
        return samples;
    }

    public static byte[] Payload<TEvent>(IEventSerializer<TEvent> serializer, TEvent happened)
    {
        ArrayBufferWriter<byte> output = new();
        serializer.Write(happened, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>One line of the golden journal.</summary>
    public static string Line<TEvent>(string family, IEventSerializer<TEvent> serializer, TEvent happened)
    {
        (string tag, int version) = serializer.Describe(happened);
        return $$"""{"family":"{{family}}","tag":"{{tag}}","version":{{version}},"payload":{{Encoding.UTF8.GetString(Payload(serializer, happened))}}}""" + "\n";
    }

    /// <summary>Reads a line of the golden journal; the payload's bytes are taken as they stand.</summary>
    public static (string Family, string Tag, int Version, byte[] Payload) Parse(string line)
    {
        JsonNode node = JsonNode.Parse(line) ?? throw new JsonException("an empty line");
        int start = line.IndexOf("\"payload\":", StringComparison.Ordinal) + "\"payload\":".Length;
        return (node["family"]!.GetValue<string>(), node["tag"]!.GetValue<string>(), node["version"]!.GetValue<int>(), Encoding.UTF8.GetBytes(line[start..^1]));
    }

    private static IEnumerable<TEvent> Happenings<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        foreach ((_, TState state) in cases.Phases)
        {
            foreach (TEvent led in TDecider.Lead(state, new Term(4, "server-2"), Given.Start)) yield return led;
            foreach ((_, Func<TState, TCommand> fit) in cases.Commands)
            {
                foreach (TEvent rejected in TDecider.Rejected(state, fit(state), "our bug", Given.Start)) yield return rejected;
                Decision<TEvent, Effect> decision;
                try
                {
                    decision = TDecider.Decide(state, fit(state), Given.Start.AddDays(1));
                }
                catch (InvalidOperationException)
                {
                    continue;   // the broken invariant that the table shows
                }

                foreach (TEvent happened in decision.Events) yield return happened;
            }
        }
    }
}
