namespace Fed.Vectors;

/// <summary>What a segment's entries are, which decides what happens to a value that does not fit.</summary>
public enum SegmentKind
{
    /// <summary>Model updates: clipped to the symmetric range, the number of clipped entries being a summed entry itself.</summary>
    Training,

    /// <summary>Statistics: never clipped; an out-of-range value fails the silo's attempt.</summary>
    Statistic,

    /// <summary>Exact integers, step 1.</summary>
    Count,
}

/// <summary>Whose entries a sum of a segment may hold.</summary>
public enum SegmentCohort
{
    /// <summary>Every contributor's.</summary>
    Whole,

    /// <summary>
    /// Block by block, along the segment's first dimension, those of sites that share the block with enough others: a sum of indicators is opened first, and a site leaves the other blocks zero
    /// (<see cref="BlockCohort"/>). For classes, clusters, items and other cells that a single site may hold.
    /// </summary>
    Block,
}

/// <summary>How a real value becomes a grid integer.</summary>
public enum GridRounding
{
    /// <summary>Up or down with probability proportional to nearness: unbiased. Error below one step.</summary>
    Stochastic,

    /// <summary>To the nearest step, ties to even. Error at most half a step.</summary>
    Nearest,
}

/// <summary>The ring in which a plan's integers are summed.</summary>
public enum RingWidth
{
    /// <summary>Z modulo 2^32: 4 bytes an entry.</summary>
    Ring32 = 32,

    /// <summary>Z modulo 2^64: 8 bytes an entry.</summary>
    Ring64 = 64,
}
