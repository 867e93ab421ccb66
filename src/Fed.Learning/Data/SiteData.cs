namespace Fed.Learning.Data;

/// <summary>One site's rows. Never leaves the site.</summary>
/// <param name="Site">Name of the site.</param>
/// <param name="Features">Names of the features, in order.</param>
/// <param name="Train">Training rows; NaN where the federated mean goes.</param>
/// <param name="Test">Test rows, possibly none.</param>
public sealed record SiteData(string Site, ImmutableArray<string> Features, Matrix Train, Matrix Test)
{
    private const int ConstantShown = 3;

    /// <summary>Rows held out for choosing settings, possibly none. Runs neither train nor report on them, unless asked to report on them in the test rows' place.</summary>
    public Matrix Validation { get; init; } = new(Train.Columns, [], [], Train.TargetColumns);

    /// <summary>What the columns mean, as the site's own file came to it; null where nobody stated it.</summary>
    public FeatureSchema? Schema { get; init; }

    /// <summary>What is odd about the site without stopping it: one class only, constant columns. Shown at the site.</summary>
    /// <param name="classes">Number of classes, 0 for regression.</param>
    /// <param name="isStandardised">Whether the plan divides by deviations: only then does a constant column matter (images have dozens).</param>
    public ImmutableArray<string> Warnings(int classes, bool isStandardised = true)
    {
        ImmutableArray<string>.Builder warnings = ImmutableArray.CreateBuilder<string>();
        if (Train.Rows == 0) return ["has no training rows"];
        if (classes > 0 && Train.Targets.All(y => y == Train.Targets[0])) warnings.Add($"has training rows of class {Train.Targets[0]} only");
        if (!isStandardised) return warnings.ToImmutable();
        string[] constant = [.. Enumerable.Range(0, Train.Columns).Where(IsConstant).Select(c => $"'{Features[c]}'")];
        if (constant.Length <= ConstantShown) warnings.AddRange(constant.Select(static name => $"column {name} is constant in the training rows"));
        else warnings.Add($"{constant.Length} of {Train.Columns} columns are constant in the training rows: {string.Join(", ", constant.Take(ConstantShown))} and others");   // the rim of an image
        return warnings.ToImmutable();
    }

    private bool IsConstant(int column)
    {
        double first = double.NaN;
        for (int r = 0; r < Train.Rows; r++)
        {
            double value = Train.Row(r)[column];
            if (double.IsNaN(value)) continue;
            if (double.IsNaN(first)) first = value;
            else if (value != first) return false;
        }
        return true;
    }
}
