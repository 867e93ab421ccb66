namespace Fed.Benchmarks.Crypto;

/// <summary>The short run of <c>ckks</c>: every group of rows, one after another, in well under a minute.</summary>
internal static class CkksBenchmark
{
    private static readonly Action<CryptoTable>[] Groups = [RingRows.Measure, SealRows.Measure, PackingRows.Measure, SamplingRows.Measure, MultipartyRows.Measure];

    /// <summary>Prints the table and, with <c>--out FILE</c>, writes it as JSON.</summary>
    /// <param name="output">Where to print.</param>
    /// <param name="options">What follows the verb.</param>
    /// <returns>0, or 2 for options that are not understood.</returns>
    public static int Run(TextWriter output, ReadOnlySpan<string> options)
    {
        string? path = options is ["--out", var file] ? file : null;
        if (path is null && !options.IsEmpty)
        {
            Console.Error.WriteLine($"'{string.Join(' ', options)}' is not understood; after ckks only --out FILE may follow");
            return 2;
        }
        CryptoTable table = new(output);
        table.Header();
        foreach (Action<CryptoTable> group in Groups) group(table);
        if (path is not null) table.Write(path);
        return 0;
    }
}
