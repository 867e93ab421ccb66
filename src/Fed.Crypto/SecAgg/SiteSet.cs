using System.Collections;
using System.Numerics;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>A set of places of one roster. Immutable, iterated in ascending order, equal by content, one canonical form on the wire: a bit for each site.</summary>
public sealed class SiteSet : IReadOnlyCollection<int>, IEquatable<SiteSet>
{
    private readonly byte[] _bits;

    private SiteSet(int sites, byte[] bits)
    {
        (Sites, _bits) = (sites, bits);
        foreach (byte b in bits) Count += BitOperations.PopCount(b);
    }

    /// <summary>Sites of the roster, members or not.</summary>
    public int Sites { get; }

    /// <summary>Number of members.</summary>
    public int Count { get; }

    /// <summary>The canonical bits: site i is bit i % 8 of byte i / 8.</summary>
    internal ReadOnlySpan<byte> Bits => _bits;

    /// <summary>The set of some places.</summary>
    /// <param name="sites">Sites of the roster.</param>
    /// <param name="members">Places in [0, sites), in any order; a double counts once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A place is not in the roster.</exception>
    public static SiteSet Of(int sites, IEnumerable<int> members)
    {
        byte[] bits = new byte[BytesOf(sites)];
        foreach (int place in members)
        {
            if ((uint)place >= (uint)sites) throw new ArgumentOutOfRangeException(nameof(members), $"place {place} is not one of {sites}");
            bits[place >> 3] |= (byte)(1 << (place & 7));
        }
        return new SiteSet(sites, bits);
    }

    /// <summary>All sites of a roster.</summary>
    public static SiteSet All(int sites) => Of(sites, Enumerable.Range(0, sites));

    /// <summary>Whether a place is a member.</summary>
    public bool Contains(int place) => (uint)place < (uint)Sites && (_bits[place >> 3] >> (place & 7) & 1) != 0;

    /// <summary>Whether every member is one of the other set's too.</summary>
    public bool IsSubsetOf(SiteSet other) => Except(other).Count == 0;

    /// <summary>The members that are the other set's too.</summary>
    public SiteSet Intersect(SiteSet other) => Combine(other, static (a, b) => (byte)(a & b));

    /// <summary>The members that are not the other set's.</summary>
    public SiteSet Except(SiteSet other) => Combine(other, static (a, b) => (byte)(a & ~b));

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new SecAggWriter(SecAggKind.SiteSet).Add(this).ToArray();

    /// <summary>Reads canonical bytes.</summary>
    /// <param name="sites">Sites of the roster.</param>
    /// <param name="bytes">From <see cref="Encode"/>.</param>
    /// <exception cref="SecAggFormatException">They are none, or of a roster of another size.</exception>
    public static SiteSet Decode(int sites, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.SiteSet, bytes);
        SiteSet set = reader.Set(sites);
        reader.End();
        return set;
    }

    /// <summary>Bytes of the bits of a roster.</summary>
    internal static int BytesOf(int sites) => (sites + 7) / 8;

    /// <summary>Reads canonical bits.</summary>
    /// <returns>Null when the length is wrong or a bit beyond the roster is set.</returns>
    internal static SiteSet? TryRead(int sites, ReadOnlySpan<byte> bits)
    {
        if (bits.Length != BytesOf(sites)) return null;
        bool canonical = sites % 8 == 0 || bits[^1] >> (sites % 8) == 0;
        return canonical ? new SiteSet(sites, bits.ToArray()) : null;
    }

    internal FieldHash AddTo(FieldHash statement) => statement.Add(Sites).Add(_bits);

    private SiteSet Combine(SiteSet other, Func<byte, byte, byte> combine)
    {
        if (other.Sites != Sites) throw new ArgumentException($"sets of {Sites} and {other.Sites} sites are not of one roster", nameof(other));
        byte[] bits = new byte[_bits.Length];
        for (int i = 0; i < bits.Length; i++) bits[i] = combine(_bits[i], other._bits[i]);
        return new SiteSet(Sites, bits);
    }

    /// <inheritdoc/>
    public bool Equals(SiteSet? other) => other is not null && other.Sites == Sites && other._bits.AsSpan().SequenceEqual(_bits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SiteSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_bits);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator()
    {
        for (int place = 0; place < Sites; place++)
            if (Contains(place)) yield return place;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"{Count} of {Sites} sites";
}
