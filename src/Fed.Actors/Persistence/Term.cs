namespace Fed.Actors.Persistence;

/// <summary>One leadership of a role, from its lease to the next one's.</summary>
/// <param name="Epoch">Rises with every lease that is granted, from 1; 0 where nobody contends.</param>
/// <param name="Holder">Who leads, in words: a process or machine.</param>
public sealed record Term(long Epoch, string Holder)
{
    /// <summary>The leadership of a role for which nobody contends, since a file lock or the like makes its holder the only one.</summary>
    public static Term Uncontended { get; } = new(0, "");

    /// <summary>True where others may take over.</summary>
    public bool IsContended => Epoch > 0;

    /// <inheritdoc/>
    public override string ToString() => IsContended ? $"epoch {Epoch} of {Holder}" : "uncontended";
}
