using System.Numerics;

namespace Fed.Learning.Models;

/// <summary>What a model computes with: activations, slopes, the draws of dropout. Made by its model for one thread; between batches only its memory is kept.</summary>
/// <typeparam name="T">The precision.</typeparam>
public abstract class ModelWorkspace<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected ModelWorkspace(int rowsMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        RowsMax = rowsMax;
    }

    /// <summary>Rows of the largest batch.</summary>
    public int RowsMax { get; }

    /// <summary>Draws for dropout; null leaves it off, as evaluation does.</summary>
    internal CounterRandom? Noise { get; private set; }

    /// <summary>How many of them are used up.</summary>
    internal long NoiseDrawn { get; set; }

    /// <summary>Turns dropout on, its draws starting anew.</summary>
    /// <param name="seed">32 bytes.</param>
    public void StartDropout(ReadOnlySpan<byte> seed)
    {
        Noise = new CounterRandom(seed, stream: 2);   // stream 0 rounds to the grid, stream 1 orders the rows
        NoiseDrawn = 0;
    }

    /// <summary>Turns dropout off.</summary>
    public void StopDropout() => Noise = null;
}
