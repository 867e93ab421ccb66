using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Fed.Vectors;

/// <summary>The segments of a summed vector, in order, and the hash by which two sites know that they mean the same vector.</summary>
public sealed class VectorSchema
{
    /// <summary>Name of the segment in which the runtime counts clipped entries; present exactly when there is a training segment, and last.</summary>
    public const string ClippedSegment = "clipped";

    private VectorSchema(ImmutableArray<Segment> segments)
    {
        Segments = segments;
        ImmutableArray<int>.Builder offsets = ImmutableArray.CreateBuilder<int>(segments.Length);
        int length = 0;
        foreach (Segment segment in segments)
        {
            offsets.Add(length);
            length = checked(length + segment.Length);
        }
        Offsets = offsets.MoveToImmutable();
        Length = length;
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToString())));
    }

    /// <summary>The segments, in the order of their entries.</summary>
    public ImmutableArray<Segment> Segments { get; }

    /// <summary>Where each segment starts.</summary>
    public ImmutableArray<int> Offsets { get; }

    /// <summary>Number of entries in all.</summary>
    public int Length { get; }

    /// <summary>SHA-256 of <see cref="ToString"/>, 64 hexadecimal digits.</summary>
    public string Hash { get; }

    /// <summary>Makes a schema; adds the runtime's clip count behind the segments when one of them is a training segment.</summary>
    /// <exception cref="ArgumentException">A name is empty, doubled or reserved, a shape is empty, or bits and step are out of range.</exception>
    public static VectorSchema Create(params ReadOnlySpan<Segment> segments)
    {
        ImmutableArray<Segment> all = [.. segments];
        if (all.IsEmpty) throw new ArgumentException("a schema needs at least one segment", nameof(segments));
        HashSet<string> names = new(StringComparer.Ordinal) { ClippedSegment };
        foreach (Segment segment in all)
        {
            if (segment.Name.Length == 0 || !names.Add(segment.Name)) throw new ArgumentException($"segment name '{segment.Name}' is empty, doubled or reserved", nameof(segments));
            if (segment.Shape.IsDefaultOrEmpty || segment.Shape.Any(static d => d <= 0)) throw new ArgumentException($"segment '{segment.Name}' has an empty shape", nameof(segments));
            if (segment.Bits is < 2 or > 63) throw new ArgumentException($"segment '{segment.Name}' has {segment.Bits} bits; 2 to 63 are possible", nameof(segments));
            if (segment.FractionBits < 0 || segment.FractionBits > 62) throw new ArgumentException($"segment '{segment.Name}' has {segment.FractionBits} fraction bits; 0 to 62 are possible", nameof(segments));
            if (segment.Kind == SegmentKind.Count && segment.FractionBits != 0) throw new ArgumentException($"segment '{segment.Name}' counts, so its fraction bits are 0", nameof(segments));
        }
        if (all.Any(static s => s.Kind == SegmentKind.Training))
            all = all.Add(new Segment(ClippedSegment, [1], SegmentKind.Count, BitsToCount(all), 0, GridRounding.Nearest, Weighted: false));
        return new VectorSchema(all);
    }

    // Just wide enough for all training entries clipped, so that the count also fits a 32-bit ring.
    private static int BitsToCount(ImmutableArray<Segment> segments) =>
        2 + BitOperations.Log2((uint)segments.Where(static s => s.Kind == SegmentKind.Training).Sum(static s => s.Length));

    /// <summary>Position of a segment by name, or -1.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < Segments.Length; i++)
            if (Segments[i].Name == name) return i;
        return -1;
    }

    /// <summary>The part of a vector that belongs to a segment.</summary>
    /// <exception cref="ArgumentException">No such segment.</exception>
    public ReadOnlySpan<T> Slice<T>(ReadOnlySpan<T> vector, string name)
    {
        int index = IndexOf(name);
        if (index < 0) throw new ArgumentException($"the schema has no segment '{name}'", nameof(name));
        return vector.Slice(Offsets[index], Segments[index].Length);
    }

    /// <summary>The canonical text that is hashed: one line a segment.</summary>
    public override string ToString()
    {
        StringBuilder text = new("fedactors/schema/1\n");
        foreach (Segment s in Segments)
            text.Append(CultureInfo.InvariantCulture, $"{s.Name} [{string.Join(',', s.Shape)}] {s.Kind} b={s.Bits} f={s.FractionBits} {s.Rounding} {(s.Weighted ? "weighted" : "unweighted")}{(s.Cohort == SegmentCohort.Block ? " cohort=block" : "")}\n");
        return text.ToString();
    }
}
