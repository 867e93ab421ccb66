using Fed.Learning.Training;

namespace Fed.Learning.Program;

/// <summary>The server steps of the start-up sums: who is there, and how features are scaled.</summary>
internal static class StartUp
{
    private static readonly ImmutableSortedDictionary<string, double> NoMetrics = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>Rows, classes, present values and sums to means and the weight cap.</summary>
    public static StepOutcome Counts(LearningPlan plan, SumLayout layout, ServerState server, OpenedSum sum)
    {
        (long samples, long[] present, double[] sums, long[] classes) = layout.ReadCounts(sum, plan.Classes > 0);
        if (samples < 2) throw new ProgramException($"the federation has {samples} training rows; it needs data at its sites.");
        for (int c = 0; c < classes.Length; c++)
            if (classes[c] == samples) throw new ProgramException($"all {samples} training rows of the federation are of class {c}; a classifier needs at least two classes, so check the target column.");
        double[] means = new double[sums.Length];
        for (int f = 0; f < means.Length; f++)
            means[f] = present[f] > 0 ? sums[f] / present[f] : throw new ProgramException($"column '{plan.Features[f]}' has no value at any site; declare it as ignore.");
        double cap = plan.Weights == SiteWeights.Uniform ? 1 : plan.WeightCap ?? PowerOfTwoFrom(samples);
        long total = plan.Weights == SiteWeights.Uniform ? sum.Contributors : layout.ReadWeights(sum) ?? samples;
        ServerState next = server with { TotalWeight = total, WeightCap = cap, Present = present, Means = means };
        return new StepOutcome(next.ToBytes(), null, NoMetrics.Add(Metrics.MetricNames.Samples, samples), null);
    }

    /// <summary>Squares around the means to deviations.</summary>
    public static StepOutcome Moments(LearningPlan plan, SumLayout layout, ServerState server, OpenedSum sum)
    {
        double[] squares = layout.ReadMoments(sum), deviations = new double[squares.Length];
        for (int f = 0; f < deviations.Length; f++)
        {
            // An image's corner may be black in all rows; a network that does not divide by deviations does not mind.
            if (Standardiser.IsConstant(squares[f], server.Present[f], server.Means[f]) && (plan.Standardise || plan.Network is null))
                throw new ProgramException($"column '{plan.Features[f]}' is constant in all training rows of the federation; declare it as ignore.");
            deviations[f] = Math.Sqrt(squares[f] / server.Present[f]);
        }
        ServerState next = server with { Deviations = deviations };
        return new StepOutcome(next.ToBytes(), VectorBytes.Sha256(next.Parameters), NoMetrics, null);
    }

    /// <summary>How many sites have test rows of each class: from it each site follows which classes it may report.</summary>
    public static StepOutcome Sharing(ServerState server, OpenedSum sum)
    {
        ServerState next = server with { ClassSites = SumLayout.ReadSharing(sum) };
        return new StepOutcome(next.ToBytes(), VectorBytes.Sha256(next.Parameters), NoMetrics, null);
    }

    private static double PowerOfTwoFrom(long samples)
    {
        double cap = 1;
        while (cap < samples) cap *= 2;
        return cap;
    }
}
