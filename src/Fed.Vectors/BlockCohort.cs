namespace Fed.Vectors;

/// <summary>
/// Which blocks of a segment a site contributes to, from opened indicators. Each site decides for itself, by this public rule: nobody else holds the entries that it leaves out.
/// </summary>
public static class BlockCohort
{
    /// <summary>For each block whether it is shared by enough sites to be summed.</summary>
    /// <param name="holders">How many sites have the block: the opened sum of indicators, each 0 or 1. Shape <c>[blocks]</c>.</param>
    /// <param name="minimum">So many sites at least must have a block, at least 1.</param>
    /// <remarks>
    /// Where exactly one block that anybody has would be left out, the least shared of the others is left out with it (of several the first): totals over all blocks are opened elsewhere, and what is
    /// missing from them would be that one block.
    /// </remarks>
    public static bool[] Shared(ReadOnlySpan<long> holders, int minimum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimum, 1);
        bool[] shared = new bool[holders.Length];
        int withheld = 0, least = -1;
        for (int block = 0; block < holders.Length; block++)
        {
            shared[block] = holders[block] >= minimum;
            if (!shared[block] && holders[block] > 0) withheld++;
            if (shared[block] && (least < 0 || holders[block] < holders[least])) least = block;
        }

        if (withheld == 1 && least >= 0) shared[least] = false;
        return shared;
    }

    /// <summary>Sets the entries of every segment that is summed by blocks to zero where a block is not shared.</summary>
    /// <param name="schema">The vector's schema.</param>
    /// <param name="values">A site's vector, shape <c>[schema.Length]</c>.</param>
    /// <param name="shared">From <see cref="Shared"/>.</param>
    /// <exception cref="ArgumentException">A segment has another number of blocks.</exception>
    public static void Withhold(VectorSchema schema, Span<double> values, ReadOnlySpan<bool> shared)
    {
        for (int s = 0; s < schema.Segments.Length; s++)
        {
            Segment segment = schema.Segments[s];
            if (segment.Cohort != SegmentCohort.Block) continue;
            if (segment.Shape[0] != shared.Length) throw new ArgumentException($"segment '{segment.Name}' has {segment.Shape[0]} blocks, and {shared.Length} indicators are opened", nameof(shared));
            int entries = segment.Length / shared.Length;
            for (int block = 0; block < shared.Length; block++)
                if (!shared[block]) values.Slice(schema.Offsets[s] + (block * entries), entries).Clear();
        }
    }
}
