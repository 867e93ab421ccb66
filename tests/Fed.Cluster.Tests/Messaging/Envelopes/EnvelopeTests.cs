using System.Reflection;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Tests.Identity;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.Envelopes;

/// <summary>What an envelope keeps out: forged, changed, misdirected and replayed ones, and whoever only carries it.</summary>
public sealed class EnvelopeTests : IDisposable
{
    private static readonly JobId Job = new("quickstart-1");
    private static readonly NodeAddress North = NodeAddress.Silo("north"), South = NodeAddress.Silo("south");
    private static readonly ProtocolMessage Said = new ProtocolMessage.RoundSettled(Job, 3, new SiloId("north"));

    private readonly TestFederation _federation = new();
    private readonly TestNode _north, _south, _leader, _standby, _aggregator;

    public EnvelopeTests()
    {
        (_north, _south) = (_federation.Enrol(NodeRole.Silo, "north"), _federation.Enrol(NodeRole.Silo, "south"));
        (_leader, _standby, _aggregator) = (_federation.Enrol(NodeRole.Coordinator, "node-1"), _federation.Enrol(NodeRole.Coordinator, "node-2"), _federation.Enrol(NodeRole.Aggregator, "sums"));
    }

    [Fact]
    public void Message_is_read_by_every_node_that_may_stand_for_its_recipient_and_by_no_other()
    {
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        foreach (TestNode reader in (TestNode[])[_leader, _standby])
        {
            OpenedEnvelope opened = Opener(reader).Open(frame, NodeAddress.Coordinator);
            Assert.Equal((_north.Identity, new Origin(North, 7), Job), (opened.By, opened.Header.Sender, opened.Header.Job));
            Assert.Equal(Said, MessageContent.Read(opened));
        }

        foreach (TestNode other in (TestNode[])[_south, _aggregator, _north]) Assert.Equal(EnvelopeRefusal.Unreadable, Refusal(other, frame, NodeAddress.Coordinator));
    }

    [Fact]
    public void Nothing_of_the_content_is_readable_on_the_way_and_equal_content_looks_different()
    {
        ProtocolMessage.PlanAnswer secret = new(Job, new SiloId("north"), Digest.Of("plan"u8), "a sentence that nobody on the way shall read");
        byte[] first = Seal(_north, North, NodeAddress.Job, secret), second = Seal(_north, North, NodeAddress.Job, secret);
        string text = Encoding.Latin1.GetString(first);
        Assert.Contains("silo/north", text, StringComparison.Ordinal);
        Assert.DoesNotContain("sentence", text, StringComparison.Ordinal);
        Assert.DoesNotContain("plan-answer", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Digest.Of("plan"u8).ToString(), text, StringComparison.Ordinal);
        Assert.NotEqual(first[^300..], second[^300..]);
    }

    [Fact]
    public void Effect_has_one_id_however_often_it_is_sent_and_another_in_another_process()
    {
        EnvelopeSealer sealer = Sealer(_north);
        EnvelopeOpener opener = Opener(_leader);
        Guid IdOf(EnvelopeSealer by, ProtocolMessage message, NodeAddress to) => opener.Open(by.Seal(Job, North, to, MessageContent.Of(message))!, to).Header.EffectId;
        Guid id = IdOf(sealer, Said, NodeAddress.Coordinator);
        Assert.Equal(id, IdOf(sealer, Said, NodeAddress.Coordinator));
        Assert.NotEqual(id, IdOf(sealer, new ProtocolMessage.RoundSettled(Job, 4, new SiloId("north")), NodeAddress.Coordinator));
        Assert.NotEqual(id, IdOf(Sealer(_north), Said, NodeAddress.Coordinator));
    }

    [Fact]
    public void Envelope_with_any_byte_changed_cut_or_added_is_refused()
    {
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        EnvelopeOpener opener = Opener(_leader);
        for (int at = 0; at < frame.Length; at++)
        {
            foreach (byte mask in (byte[])[1, 0x80, 0xff])
            {
                byte[] changed = [.. frame];
                changed[at] ^= mask;
                Assert.Throws<EnvelopeException>(() => opener.Open(changed, NodeAddress.Coordinator));
            }

            Assert.Throws<EnvelopeException>(() => opener.Open(frame.AsMemory(0, at), NodeAddress.Coordinator));
        }

        Assert.Equal(EnvelopeRefusal.Malformed, Refusal(_leader, [.. frame, 0], NodeAddress.Coordinator));
        Assert.Equal(Said, MessageContent.Read(opener.Open(frame, NodeAddress.Coordinator)));
    }

    [Fact]
    public void Bytes_of_any_kind_are_refused_and_nothing_else_happens()
    {
        EnvelopeOpener opener = Opener(_leader);
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(ArbMap.Default.ArbFor<(byte[] Bytes, ushort At)>(), drawn =>
        {
            Assert.Throws<EnvelopeException>(() => opener.Open(drawn.Bytes, NodeAddress.Coordinator));
            byte[] spliced = [.. frame];   // a good beginning, then what was drawn
            drawn.Bytes.AsSpan(0, Math.Min(drawn.Bytes.Length, spliced.Length - (drawn.At % spliced.Length))).CopyTo(spliced.AsSpan(drawn.At % spliced.Length));
            if (!spliced.AsSpan().SequenceEqual(frame)) Assert.Throws<EnvelopeException>(() => opener.Open(spliced, NodeAddress.Coordinator));
        }));
    }

    [Fact]
    public void Frame_that_is_too_large_is_refused_unread() => Assert.Equal(EnvelopeRefusal.Oversize, Refusal(_leader, new byte[EnvelopeForm.FrameBytesMax + 1], NodeAddress.Coordinator));

    [Fact]
    public void Node_speaks_for_its_own_addresses_only()
    {
        Assert.Equal(EnvelopeRefusal.WrongRole, Refusal(_leader, Seal(_north, South, NodeAddress.Coordinator, Said), NodeAddress.Coordinator));
        Assert.Equal(EnvelopeRefusal.WrongRole, Refusal(_south, Seal(_north, NodeAddress.Coordinator, South, Invite), South));
        Assert.Equal(EnvelopeRefusal.WrongRole, Refusal(_south, Seal(_aggregator, NodeAddress.Coordinator, South, Invite), South));
        Assert.Equal(EnvelopeRefusal.WrongRole, Refusal(_aggregator, Seal(_leader, NodeAddress.Aggregator, NodeAddress.Aggregator, Said), NodeAddress.Aggregator));
        Assert.Equal(Invite, MessageContent.Read(Opener(_south).Open(Seal(_standby, NodeAddress.Coordinator, South, Invite), South)));
    }

    [Fact]
    public void Node_says_only_what_its_role_may_say()
    {
        Assert.Equal(EnvelopeRefusal.NotAllowed, Refusal(_south, Seal(_north, North, South, Said), South));                                    // sites do not speak to each other
        Assert.Equal(EnvelopeRefusal.NotAllowed, Refusal(_leader, Seal(_north, North, NodeAddress.Coordinator, Invite), NodeAddress.Coordinator));   // a site signing as a coordinator would
        Assert.Equal(EnvelopeRefusal.NotAllowed, Refusal(_south, Seal(_aggregator, NodeAddress.Aggregator, South, Invite), South));
        Assert.Equal(EnvelopeRefusal.NotAllowed, Refusal(_leader, Seal(_north, North, NodeAddress.Coordinator, "no-such-thing"), NodeAddress.Coordinator));
    }

    [Fact]
    public void Every_message_stands_in_the_table_and_the_table_has_nothing_else()
    {
        string[] kinds = [.. typeof(ProtocolMessage).GetNestedTypes(BindingFlags.Public).Select(static type => string.Concat(type.Name.Select(static (letter, i) => i > 0 && char.IsUpper(letter) ? "-" + letter : letter.ToString())).ToLowerInvariant())];
        Assert.Equal(
            kinds.Append(EnvelopeRules.OperatorRequest).Append(EnvelopeRules.Presence).Append(EnvelopeRules.BulkRequest).Append(EnvelopeRules.BulkGrant).Order(StringComparer.Ordinal),
            EnvelopeRules.Lines.Select(static line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(EnvelopeRules.Lines, static line => line.EndsWith("silo to silo", StringComparison.Ordinal));
        Assert.All(new[] { "silo", "coordinator", "aggregator" }, who => Assert.Contains($"{EnvelopeRules.BulkRequest}: {who} to part", EnvelopeRules.Lines));   // single ciphertexts, and partial sums
    }

    [Fact]
    public void Envelope_for_another_address_federation_or_by_a_stranger_is_refused()
    {
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        Assert.Equal(EnvelopeRefusal.OtherRecipient, Refusal(_leader, frame, NodeAddress.Job));
        using TestFederation other = new("heart"), impostor = new("lung");
        Assert.Equal(EnvelopeRefusal.OtherFederation, Refusal(other.Enrol(NodeRole.Coordinator, "node-1"), frame, NodeAddress.Coordinator, other));
        TestNode stranger = impostor.Enrol(NodeRole.Silo, "north");
        impostor.Members.Add(impostor.Enrol(NodeRole.Coordinator, "node-1").Certificates.Encryption);
        byte[] forged = new EnvelopeSealer(stranger.Keys, _federation.Members, new WireVersions()).Seal(Job, North, NodeAddress.Coordinator, MessageContent.Of(Said))!;
        Assert.Equal(EnvelopeRefusal.UnknownSender, Refusal(_leader, forged, NodeAddress.Coordinator));
    }

    [Fact]
    public void Revoked_node_is_heard_no_more_and_nothing_more_is_encrypted_for_it()
    {
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        _federation.Validator.Use(_federation.Authority.Revoke(_north.Signing, _north.Encryption).Encoded);
        Assert.Equal(EnvelopeRefusal.UnknownSender, Refusal(_leader, frame, NodeAddress.Coordinator));
        Assert.Null(Sealer(_leader).Seal(Job, NodeAddress.Coordinator, North, MessageContent.Of(Invite)));
    }

    [Fact]
    public void Node_that_renews_reads_what_was_meant_for_its_old_key()
    {
        byte[] old = Seal(_leader, NodeAddress.Coordinator, North, Invite);
        TestNode renewed = _federation.Enrol(NodeRole.Silo, "north");
        byte[] both = Seal(_leader, NodeAddress.Coordinator, North, Invite);
        EnvelopeOpener opener = new([renewed.Keys.Encryption, _north.Keys.Encryption], _federation.Members, new WireVersions());
        Assert.Equal(Invite, MessageContent.Read(opener.Open(old, North)));
        Assert.Equal(Invite, MessageContent.Read(opener.Open(both, North)));
        Assert.Equal(Invite, MessageContent.Read(Opener(_north).Open(both, North)));
        Assert.Equal(Said, MessageContent.Read(Opener(_leader).Open(Seal(renewed, North, NodeAddress.Coordinator, Said), NodeAddress.Coordinator)));
    }

    [Fact]
    public void Another_member_cannot_pass_off_content_that_it_cannot_read_as_its_own()
    {
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        byte[] stolen = [.. frame];
        int name = frame.AsSpan().IndexOf("silo/north"u8);
        "silo/south"u8.CopyTo(stolen.AsSpan(name));
        byte[] id = new byte[Digest.Size], southId = new byte[Digest.Size];
        _north.Signing.KeyId.CopyTo(id);
        _south.Signing.KeyId.CopyTo(southId);
        southId.CopyTo(stolen.AsSpan(frame.AsSpan().IndexOf(id)));
        int payload = frame.Length - EnvelopeForm.SignatureBytes;
        int outside = payload - EnvelopeForm.TagBytes - BitConverter.ToInt32(frame, Outside(frame) - 4);
        _south.Keys.Signer.Sign(EnvelopeSealer.Purpose, EnvelopeSealer.Statement(stolen.AsSpan(0, outside), stolen.AsSpan(outside, payload - outside))).Span.CopyTo(stolen.AsSpan(payload));
        Assert.Equal(EnvelopeRefusal.Unreadable, Refusal(_leader, stolen, NodeAddress.Coordinator));   // the signature is right; the content is bound to who wrote it
    }

    [Theory]
    [InlineData("../../../nod")]
    [InlineData("C:/Windows/a")]
    [InlineData("............")]
    [InlineData("quickstart 1")]
    public void Envelope_of_a_job_that_no_job_can_be_called_is_refused_whoever_signed_it(string name)
    {
        byte[] frame = Seal(_north, North, NodeAddress.Coordinator, Said);
        Encoding.ASCII.GetBytes(name).CopyTo(frame.AsSpan(frame.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Job.Value))));
        int payload = frame.Length - EnvelopeForm.SignatureBytes, outside = Outside(frame);
        _north.Keys.Signer.Sign(EnvelopeSealer.Purpose, EnvelopeSealer.Statement(frame.AsSpan(0, outside), frame.AsSpan(outside, payload - outside))).Span.CopyTo(frame.AsSpan(payload));
        Assert.Equal(EnvelopeRefusal.Malformed, Refusal(_leader, frame, NodeAddress.Coordinator));
        Assert.Throws<ArgumentException>(() => Sealer(_north).Seal(new JobId(name), North, NodeAddress.Coordinator, MessageContent.Of(Said)));
    }

    [Fact]
    public void Message_of_another_job_than_its_envelope_s_or_of_unknown_form_is_refused()
    {
        OpenedEnvelope Opened(JobId job, EnvelopeContent content) => Opener(_leader).Open(Sealer(_north).Seal(job, North, NodeAddress.Coordinator, content)!, NodeAddress.Coordinator);
        EnvelopeContent good = MessageContent.Of(Said);
        Assert.Equal(EnvelopeRefusal.BadContent, Assert.Throws<EnvelopeException>(() => MessageContent.Read(Opened(new JobId("another"), good))).Refusal);
        Assert.Equal(EnvelopeRefusal.UnknownContent, Assert.Throws<EnvelopeException>(() => MessageContent.Read(Opened(Job, good with { Version = 2 }))).Refusal);
        Assert.Equal(EnvelopeRefusal.UnknownContent, Assert.Throws<EnvelopeException>(() => MessageContent.Read(Opened(Job, good with { Version = 0 }))).Refusal);
        Assert.Equal(EnvelopeRefusal.BadContent, Assert.Throws<EnvelopeException>(() => MessageContent.Read(Opened(Job, good with { Body = "{}"u8.ToArray() }))).Refusal);
    }

    [Fact]
    public void Programs_one_version_apart_understand_each_other_and_two_apart_do_not()
    {
        WireVersions old = new(1, 1), both = new(1, 2), newer = new(2, 3);
        EnvelopeSealer oldSealer = new(_north.Keys, _federation.Members, old), bothSealer = new(_leader.Keys, _federation.Members, both);
        EnvelopeOpener oldOpener = new([_north.Keys.Encryption], _federation.Members, old), bothOpener = new([_leader.Keys.Encryption], _federation.Members, both);
        static ushort VersionOf(byte[] frame) => BitConverter.ToUInt16(frame, 4);

        byte[] first = bothSealer.Seal(Job, NodeAddress.Coordinator, North, MessageContent.Of(Invite))!;   // it has not heard from north yet
        Assert.Equal(1, VersionOf(first));
        Assert.Equal(Invite, MessageContent.Read(oldOpener.Open(first, North)));
        bothOpener.Open(oldSealer.Seal(Job, North, NodeAddress.Coordinator, MessageContent.Of(Said))!, NodeAddress.Coordinator);
        Assert.Equal(1, VersionOf(bothSealer.Seal(Job, NodeAddress.Coordinator, North, MessageContent.Of(Invite))!));

        WireVersions upgraded = new(1, 2);   // north starts a newer program
        bothOpener.Open(new EnvelopeSealer(_north.Keys, _federation.Members, upgraded).Seal(Job, North, NodeAddress.Coordinator, MessageContent.Of(Said))!, NodeAddress.Coordinator);
        byte[] second = bothSealer.Seal(Job, NodeAddress.Coordinator, North, MessageContent.Of(Invite))!;
        Assert.Equal(2, VersionOf(second));
        Assert.Equal(Invite, MessageContent.Read(new EnvelopeOpener([_north.Keys.Encryption], _federation.Members, upgraded).Open(second, North)));
        Assert.Equal(EnvelopeRefusal.UnsupportedVersion, Assert.Throws<EnvelopeException>(() => oldOpener.Open(second, North)).Refusal);
        Assert.Equal(EnvelopeRefusal.UnsupportedVersion, Assert.Throws<EnvelopeException>(() => new EnvelopeOpener([_north.Keys.Encryption], _federation.Members, newer).Open(first, North)).Refusal);
    }

    public void Dispose() => _federation.Dispose();

    private static ProtocolMessage.Invite Invite { get; } = new(Job, new CollectionId(1, 1, "training"), Digest.Of("plan"u8), Digest.Of("model"u8));

    private static int Outside(byte[] frame)
    {
        // The content's length follows the recipients' keys; their number follows the ephemeral point and the salt.
        int at = 12;
        for (int text = 0; text < 4; text++) at += 1 + frame[at];
        at += 8 + EnvelopeForm.IdBytes + Digest.Size + EnvelopeForm.PointBytes + EnvelopeForm.SaltBytes;
        return at + 1 + (frame[at] * (Digest.Size + EnvelopeForm.WrappedBytes)) + 4;
    }

    private EnvelopeSealer Sealer(TestNode node) => new(node.Keys, _federation.Members, new WireVersions());

    private EnvelopeOpener Opener(TestNode node, TestFederation? federation = null) => new([node.Keys.Encryption], (federation ?? _federation).Members, new WireVersions());

    private byte[] Seal(TestNode node, NodeAddress from, NodeAddress to, ProtocolMessage message) => Sealer(node).Seal(message.Job, new Origin(from, 7), to, MessageContent.Of(message))!;

    private byte[] Seal(TestNode node, NodeAddress from, NodeAddress to, string kind) => Sealer(node).Seal(Job, from, to, new EnvelopeContent(kind, 1, "{}"u8.ToArray()))!;

    private EnvelopeRefusal Refusal(TestNode node, byte[] frame, NodeAddress to, TestFederation? federation = null) => Assert.Throws<EnvelopeException>(() => Opener(node, federation).Open(frame, to)).Refusal;
}
