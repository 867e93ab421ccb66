using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Key;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>What nodes say to each other, written and read as between machines: whole federations go the same way as without, under each protection.</summary>
public sealed class WireTests
{
    /// <summary>Said only on sparse graphs, by parts, or when something has gone wrong that few seeds have.</summary>
    private static readonly ProtocolMessage[] Rare =
    [
        new ProtocolMessage.SitePresent(ProtocolMessage.SitePresent.OfNoJob, new SiloId("a"), Digest.Of("columns"u8), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
        new ProtocolMessage.CommitNonce(new JobId("j"), Digest.Of("plan"u8)),
        new ProtocolMessage.ShowNonce(new JobId("j"), Digest.Of("commitments"u8)),
        new ProtocolMessage.AskRekeying(new JobId("j"), new SiloId("a"), new SiloId("b"), new SiteEpoch(2, Digest.Of("heard"u8)), new SiteEpoch(1, Digest.Of("own"u8))),
        new ProtocolMessage.DeclineKeyStep(new JobId("j"), 2, KeyStep.Deal, new SiloId("a"), new SiloId("b")),
        new ProtocolMessage.PartSealed(new JobId("j"), new PartManifest(1, new JobId("j"), new CollectionId(1, 1, "training"), Digest.Of("contributions"u8), Digest.Of("sum"u8), 7, "signature"u8.ToArray()), []),
        new ProtocolMessage.ReprotectInput(new JobId("j"), new CollectionId(1, 2, "training"), new CollectionId(1, 1, "training"), []),
        new ProtocolMessage.CollectionFailed(new JobId("j"), new CollectionId(1, 1, "training"), "too few"),
        new ProtocolMessage.DeclineUpdate(new JobId("j"), new CollectionId(1, 1, "training"), new SiloId("a")),
    ];

    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);

    [Fact]
    public void Federation_whose_messages_are_written_and_read_goes_the_same_way()
    {
        Func<ulong, FederationScenario>[] protections = [FederationScenario.FromSeed, FederationScenario.SecAggFromSeed, FederationScenario.CkksFromSeed];
        foreach (Func<ulong, FederationScenario> protection in protections)
        {
            for (ulong seed = 1; seed <= 4; seed++)
            {
                string Run(Func<object, object>? wire)
                {
                    using SimulatedFederation federation = new(protection(seed)) { Wire = wire };
                    return federation.RunToEnd().TraceHash;
                }

                Assert.Equal(Run(null), Run(WriteAndRead));
            }
        }

        foreach (ProtocolMessage rare in Rare) WriteAndRead(rare);
        string[] all = [.. typeof(ProtocolMessage).GetNestedTypes().Select(static type => type.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(all, _seen);
    }

    [Fact]
    public void Every_message_has_a_tag()
    {
        foreach (Type type in typeof(ProtocolMessage).GetNestedTypes())
            Assert.NotNull(ProtocolSerializers.Messages.NewestVersion(Regex.Replace(type.Name, "(?<!^)[A-Z]", static letter => "-" + letter.Value).ToLowerInvariant()));
    }

    [Theory]
    [InlineData("""{"silo":"a","round":1}""")]
    [InlineData("""{"silo":null,"round":1,"job":"j"}""")]
    [InlineData("""{"silo":"a","round":1,"job":"j","extra":1}""")]
    [InlineData("""{"silo":"a","round":1,"round":2,"job":"j"}""")]
    [InlineData("""{"silo":"a","round":1e99,"job":"j"}""")]
    [InlineData("""{"silo":"a","round":1,"job":"j"} """ + "x")]
    [InlineData("null")]
    [InlineData("")]
    public void Message_that_lacks_doubles_or_adds_something_is_refused(string json)
    {
        Assert.IsType<ProtocolMessage.RoundSettled>(ProtocolSerializers.Messages.Read("round-settled", 1, """{"job":"j","round":1,"silo":"a"}"""u8));
        Assert.Throws<JournalFormatException>(() => ProtocolSerializers.Messages.Read("round-settled", 1, Encoding.UTF8.GetBytes(json)));
    }

    private object WriteAndRead(object message)
    {
        if (message is not ProtocolMessage known) return message;
        _seen.Add(known.GetType().Name);
        ArrayBufferWriter<byte> bytes = new(), again = new();
        ProtocolSerializers.Messages.Write(known, bytes);
        (string tag, int version) = ProtocolSerializers.Messages.Describe(known);
        ProtocolMessage read = ProtocolSerializers.Messages.Read(tag, version, bytes.WrittenSpan);
        ProtocolSerializers.Messages.Write(read, again);
        Assert.True(bytes.WrittenSpan.SequenceEqual(again.WrittenSpan), tag);
        return read;
    }
}
