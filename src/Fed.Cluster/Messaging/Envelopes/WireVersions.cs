using System.Collections.Concurrent;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>
/// Versions of the wire that a program speaks: the newest and the one before, so that sites need not upgrade together. Every envelope says what its sender speaks; a node writes the newest version that all who are to read it
/// are known to speak, and to whom it has not heard from yet the oldest. Thread-safe.
/// </summary>
/// <param name="oldest">The oldest that this program reads and writes.</param>
/// <param name="newest">The newest.</param>
public sealed class WireVersions(ushort oldest, ushort newest)
{
    private readonly ConcurrentDictionary<NodeIdentity, ushort> _heard = [];

    /// <summary>The newest version of this program. There is no released version before it.</summary>
    public const ushort Newest = 1;

    /// <summary>What this program speaks.</summary>
    public WireVersions()
        : this(Newest, Newest)
    {
    }

    /// <summary>What an envelope says of its sender.</summary>
    public ushort SpeaksUpTo => newest;

    /// <summary>True for a version that this program reads.</summary>
    public bool Reads(ushort version) => version >= oldest && version <= newest;

    /// <summary>Notes what a sender speaks, as its signed envelope says.</summary>
    public void Heard(NodeIdentity sender, ushort speaksUpTo) => _heard[sender] = speaksUpTo;

    /// <summary>The version to write to these readers.</summary>
    public ushort For(ReadOnlySpan<CertifiedKey> readers)
    {
        ushort version = newest;
        foreach (CertifiedKey reader in readers) version = Math.Min(version, _heard.GetValueOrDefault(reader.Identity, oldest));
        return Math.Max(version, oldest);
    }
}
