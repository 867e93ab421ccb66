namespace Fed.Learning.Data;

/// <summary>Seeded divisions of rows among sites.</summary>
internal static class RandomPartition
{
    private const int Ranks = 10;

    /// <summary>Site of each row: a shuffled deal.</summary>
    public static string[] Iid(int rows, int sites, long seed)
    {
        SeededDraws draws = new(seed);
        string[] site = new string[rows];
        int[] order = draws.Shuffled([.. Enumerable.Range(0, rows)]);
        for (int i = 0; i < rows; i++) site[order[i]] = $"{i % sites}";
        return site;
    }

    /// <summary>Site of each row: each class in Dirichlet proportions.</summary>
    public static string[] Dirichlet(double[] targets, int classes, int sites, double alpha, long seed)
    {
        SeededDraws draws = new(seed);
        string[] site = new string[targets.Length];
        foreach (int[] group in Groups(targets, classes)) Deal(group, sites, alpha, draws, site);
        return site;
    }

    /// <summary>Site of each row: sizes in Dirichlet proportions, rows at random.</summary>
    public static string[] Quantity(int rows, int sites, double alpha, long seed)
    {
        string[] site = new string[rows];
        Deal([.. Enumerable.Range(0, rows)], sites, alpha, new SeededDraws(seed), site);
        return site;
    }

    // Deals out some rows in proportions of its own draw.
    private static void Deal(int[] rows, int sites, double alpha, SeededDraws draws, string[] site)
    {
        double[] share = [.. Enumerable.Range(0, sites).Select(_ => draws.Gamma(alpha))];
        double total = share.Sum();
        int[] order = draws.Shuffled(rows);
        double reached = 0;
        int next = 0;
        for (int s = 0; s < sites; s++)
        {
            reached += total > 0 ? share[s] / total : 1.0 / sites;
            int end = s == sites - 1 ? order.Length : Math.Min(order.Length, (int)Math.Round(reached * order.Length));
            for (; next < end; next++) site[order[next]] = $"{s}";
        }
    }

    private static IEnumerable<int[]> Groups(double[] targets, int classes)
    {
        int[] byTarget = [.. Enumerable.Range(0, targets.Length).OrderBy(r => targets[r])];
        return classes > 0
            ? byTarget.GroupBy(r => targets[r]).Select(static g => g.ToArray())
            : byTarget.Select((row, rank) => (row, group: (int)((long)rank * Ranks / targets.Length))).GroupBy(static x => x.group, static x => x.row).Select(static g => g.ToArray());
    }
}
