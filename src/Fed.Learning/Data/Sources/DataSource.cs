namespace Fed.Learning.Data.Sources;

/// <summary>Where a site's rows lie. It is the site's own matter and never part of a plan; what the columns mean is the plan's (<see cref="DataSchema"/>).</summary>
/// <remarks>Open for other kinds of sources: a database needs a driver, which this library does not bring.</remarks>
public abstract record DataSource
{
    /// <summary>What messages call it.</summary>
    public abstract string Name { get; }

    /// <summary>Opens it before its first row.</summary>
    /// <param name="schema">What is read; sources without column names call their labels by the schema's target.</param>
    /// <exception cref="DataException">It is missing, cannot be read, or is damaged.</exception>
    public abstract IRowReader Open(DataSchema schema);
}

/// <summary>A file of separated values.</summary>
/// <param name="Path">The file.</param>
/// <param name="Separator">Between fields.</param>
public sealed record CsvSource(string Path, char Separator = ',') : DataSource
{
    /// <inheritdoc/>
    public override string Name => Path;

    /// <inheritdoc/>
    public override IRowReader Open(DataSchema schema) => CsvReader.Open(Path, Separator);
}
