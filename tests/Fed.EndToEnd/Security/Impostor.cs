using System.Security.Cryptography;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.Envelopes;

namespace Fed.EndToEnd.Security;

/// <summary>Somebody with keys, certified or not, who writes envelopes in whatever name to whomever it knows.</summary>
/// <param name="keys">Its keys.</param>
/// <param name="members">Whom it knows.</param>
internal sealed class Impostor(NodeKeys keys, Membership members)
{
    private readonly EnvelopeSealer _sealer = new(keys, members, new WireVersions());

    /// <summary>Says something in a name.</summary>
    public byte[] Say(NodeAddress from, NodeAddress to, string kind = "beat") => _sealer.Seal(new JobId("quickstart-1"), new Origin(from, 0), to, new EnvelopeContent(kind, 1, "{}"u8.ToArray()))
        ?? throw new InvalidOperationException($"nobody is enrolled for {to}");

    /// <summary>The same bytes with one bit another.</summary>
    public static byte[] Flipped(byte[] frame, int at)
    {
        byte[] edited = [.. frame];
        edited[at] ^= 1;
        return edited;
    }

    /// <summary>Something that somebody might make of a frame: cut, lengthened, bits flipped, or nothing of it left.</summary>
    public static byte[] Mangled(byte[] frame, int seed)
    {
        byte[] random = SHA256.HashData(BitConverter.GetBytes(seed));
        int at = BitConverter.ToUInt16(random, 1) % frame.Length;
        return (random[0] % 5) switch
        {
            0 => frame[..at],
            1 => [.. frame, .. random],
            2 => Flipped(frame, at),
            3 => [.. frame[..at], .. random, .. frame[at..]],
            _ => random,
        };
    }
}
